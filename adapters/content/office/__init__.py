"""Office Open XML and OpenDocument, in ZIP files and as flat XML."""
