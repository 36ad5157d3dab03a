"""The front door: pages and an API for people who have signed in. It sends messages and reads; it judges nothing."""
