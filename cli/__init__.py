"""The `compliance` command: for submitters, reviewers and operators, against local or Azure by the same settings."""
