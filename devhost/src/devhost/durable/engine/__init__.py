"""One turn of an orchestration: replay by the SDK, its decisions, and the history that they become."""
