"""The use cases of a review, shared by triggers and activities, which only parse, call and settle."""
