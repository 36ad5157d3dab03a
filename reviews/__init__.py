"""What can be done to a review, whoever asks. Triggers and activities parse, call and settle."""
