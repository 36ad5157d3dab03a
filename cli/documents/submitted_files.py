"""Which files are submitted under which names; everything that is wrong is said before anything is uploaded."""

from __future__ import annotations

import mimetypes
import os
import unicodedata
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cli.failures import CommandError, ExitCode

# https://learn.microsoft.com/rest/api/storageservices/naming-and-referencing-containers--blobs--and-metadata
_LONGEST_NAME: Final = 1024
_ANY_BYTES: Final = "application/octet-stream"


@dataclass(frozen=True, slots=True)
class SubmittedFile:
    """A local file and the document it becomes."""

    path: Path
    name: str
    content_type: str


def submitted_files(paths: list[Path], name: str | None) -> list[SubmittedFile]:
    """The files with their documents' names: their own, or `name` for a single one. Raises CommandError."""
    if name is not None and len(paths) > 1:
        raise CommandError("--name names one document; submit the files one by one", ExitCode.USAGE)
    files = [_submitted(path, path.name if name is None else name) for path in paths]
    names = [file.name for file in files]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        text = f"several files would become the document {', '.join(twice)}; each would replace the one before"
        raise CommandError(text, ExitCode.USAGE)
    return files


def _submitted(path: Path, name: str) -> SubmittedFile:
    if path.is_dir():
        raise CommandError(f"{path} is a directory; name its files", ExitCode.USAGE)
    if not path.exists():
        raise CommandError(f"there is no file {path}", ExitCode.NOT_FOUND)
    if not path.is_file():
        raise CommandError(f"{path} is not a regular file", ExitCode.USAGE)
    if not os.access(path, os.R_OK):
        raise CommandError(f"{path} may not be read by you", ExitCode.USAGE)
    if wrong := _wrong_with(name):
        raise CommandError(f"{name!r} cannot be a document's name: {wrong}; choose one with --name", ExitCode.USAGE)
    return SubmittedFile(path, name, mimetypes.guess_type(name)[0] or _ANY_BYTES)


def _wrong_with(name: str) -> str | None:
    if not name.strip():
        return "it is empty"
    if len(name) > _LONGEST_NAME:
        return f"it has more than {_LONGEST_NAME} characters"
    if any(unicodedata.category(character) in ("Cc", "Cs") for character in name):
        return "it holds control characters or bytes that are not UTF-8"
    if "\\" in name:
        return "storage would take \\ for /"
    if any(part.strip(".") == "" for part in name.split("/")):
        return "storage does not keep a part that is empty or only dots"
    if name.endswith("."):
        return "storage does not keep a dot at the end"
    return None
