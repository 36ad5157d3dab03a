"""One side effect per file, each safe to run twice. The orchestrator `document_review` calls them."""
