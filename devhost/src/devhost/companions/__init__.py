"""Further programs beside the stack, such as a mail server: started before the app, stopped after it."""
