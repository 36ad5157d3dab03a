"""The `compliance` command for submitters, reviewers and operators; it works locally and on Azure."""
