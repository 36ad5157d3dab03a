"""Recording the histories anew: `make record`, see tests/workflow/README.md."""
