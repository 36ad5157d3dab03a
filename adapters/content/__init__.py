"""Inspection of a document's content, without unpacking anything to disk."""
