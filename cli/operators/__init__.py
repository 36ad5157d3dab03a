"""The commands of operators, each a message on the queue `operator-commands`."""
