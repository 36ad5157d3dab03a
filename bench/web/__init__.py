"""What the pages and calls of the front door cost among many open reviews, and what they cost the messages."""
