"""The files to submit and their documents' names, checked before anything is uploaded."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from cli.failures import CommandError, ExitCode
from contracts.blob_path import BlobNameError, canonical_name
from contracts.content_types import content_type_of
from contracts.policy_file.name_patterns import DEFAULT_IGNORED, is_no_document


@dataclass(frozen=True, slots=True)
class SubmittedFile:
    """A local file and the document that it becomes."""

    path: Path
    name: str
    content_type: str


def submitted_files(paths: list[Path], name: str | None, *, recursive: bool = False) -> list[SubmittedFile]:
    """Return the files with their documents' names: their own, or `name` for a single file. Raises CommandError.

    With `recursive` a folder stands for the files in it, whose names begin with the folder's.
    """
    named = [
        each for path in paths for each in (_files_in(path) if recursive and path.is_dir() else [(path, path.name)])
    ]
    if name is not None and (len(paths) > 1 or paths[0].is_dir()):
        raise CommandError("--name is for a single file; submit the files one by one", ExitCode.USAGE)
    files = [_submitted_file(path, own if name is None else name) for path, own in named]
    if not files:
        raise CommandError(f"{', '.join(map(str, paths))}: there are no documents in it", ExitCode.NOT_FOUND)
    names = [file.name for file in files]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        text = f"several files have the name {', '.join(twice)}; submit them one by one, with --name"
        raise CommandError(text, ExitCode.USAGE)
    return files


def _files_in(folder: Path) -> list[tuple[Path, str]]:
    """List the files of a folder and of those in it, in their order, without those that are hidden or no documents."""
    found: list[tuple[Path, str]] = []
    for place, inner, files in os.walk(folder):
        inner[:] = sorted(name for name in inner if not name.startswith("."))
        for file in sorted(files):
            if not file.startswith(".") and not is_no_document(file, None, {}, DEFAULT_IGNORED):
                path = Path(place, file)
                found.append((path, Path(folder.resolve().name, path.relative_to(folder)).as_posix()))
    return found


def _submitted_file(path: Path, name: str) -> SubmittedFile:
    if path.is_dir():
        raise CommandError(f"{path} is a folder; submit all files in it with -r", ExitCode.USAGE)
    if not path.exists():
        raise CommandError(f"there is no file {path}", ExitCode.NOT_FOUND)
    if not path.is_file():
        raise CommandError(f"{path} is not a regular file", ExitCode.USAGE)
    if not os.access(path, os.R_OK):
        raise CommandError(f"you may not read {path}", ExitCode.USAGE)
    try:
        name = canonical_name(name)
    except BlobNameError as error:
        text = f"{name!r} cannot be a document's name: it {error}; choose one with --name"
        raise CommandError(text, ExitCode.USAGE) from error
    return SubmittedFile(path, name, content_type_of(name))
