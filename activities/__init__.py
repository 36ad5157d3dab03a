"""The activities of the orchestration `document_review`: one side effect each, safe to run twice."""
