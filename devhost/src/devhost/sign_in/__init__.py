"""App Service Authentication for any app: sign-in, session, and the headers that name who is signed in."""
