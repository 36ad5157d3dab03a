"""AMQP as clients speak it: connections, sessions, links, tokens and management requests."""
