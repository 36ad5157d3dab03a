"""Inspection in processes of its own: a hostile document can end the process that inspects it, and nothing else."""
