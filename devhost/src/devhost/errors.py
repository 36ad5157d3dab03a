"""What stops the host before it runs anything: told in one message, without a traceback."""


class StartError(Exception):
    """The host cannot start. The message says what is wrong, where, and what to do."""
