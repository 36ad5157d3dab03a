"""What the front door is answered, for whom it has vouched."""
