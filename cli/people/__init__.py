"""`compliance people`: which account has which name."""
