"""The text editor of the person at the terminal."""

from __future__ import annotations

import os
import shlex
import subprocess
import tempfile
from pathlib import Path

from cli.failures import CommandError, ExitCode


def edit_text(text: str, suffix: str) -> str:
    """Let a person edit a text with $VISUAL, $EDITOR or vi; return the result. Raises CommandError if unchanged."""
    command = shlex.split(os.environ.get("VISUAL") or os.environ.get("EDITOR") or "vi")
    with tempfile.TemporaryDirectory(prefix="compliance-") as folder:  # nobody else can read it
        file = Path(folder) / f"message{suffix}"
        file.write_text(text, encoding="utf-8", newline="")
        try:
            ended = subprocess.run([*command, str(file)], check=False).returncode  # noqa: S603 the person's own editor
        except OSError as error:
            text = f"the editor {command[0]} cannot be run: {error.strerror}; set EDITOR to another one"
            raise CommandError(text, ExitCode.USAGE) from error
        if ended != 0:
            raise CommandError(f"the editor ended with code {ended}; nothing was sent")
        with file.open(encoding="utf-8", newline="") as content:
            changed = content.read()
    if changed == text:
        raise CommandError("nothing was changed and nothing was sent; without --edit the message is sent unchanged")
    return changed
