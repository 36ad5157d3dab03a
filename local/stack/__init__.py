"""A running stack seen from outside: submitters, reviewers and subscribers, for the demo, the tests and the benchmarks.

It imports nothing of the app: what it reports is read from storage, queues and received events.
"""
