"""A running stack seen from outside: those who send documents and decisions, and those who look at what became of them.

Used by the demo and by the end-to-end tests. It imports nothing of the app: what it reports is what storage, queues and
pushed events say.
"""
