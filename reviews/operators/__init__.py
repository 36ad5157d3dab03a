"""What operators have done to reviews: each message on `operator-commands` carried out and answered."""
