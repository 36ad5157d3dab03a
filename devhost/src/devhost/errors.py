"""The error that stops the host before it runs anything, printed without a traceback."""


class StartError(Exception):
    """The host cannot start. The message states what is wrong, where, and what to do."""
