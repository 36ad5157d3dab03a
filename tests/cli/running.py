"""The command as people and programs run it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command
from typer.testing import CliRunner

from cli.main import app


@dataclass(frozen=True, slots=True)
class Ended:
    """How a command ended and what it printed."""

    code: int
    out: str
    err: str
    json_output: Any  # what its help says it prints with --json; None if that is not ours to define

    def json(self) -> Any:
        """Return the result for programs, which must have exactly the keys that the command's help names."""
        printed = json.loads(self.out)
        if self.json_output is not None:
            model = TypeAdapter(self.json_output)
            assert model.dump_python(model.validate_python(printed), mode="json", by_alias=True) == printed
        return printed


@dataclass(frozen=True, slots=True)
class Compliance:
    """Runs the command in this process, with the settings of the stack."""

    settings: Path

    def __call__(self, *arguments: object) -> Ended:
        return run("--settings", self.settings, *arguments)


def run(*arguments: object) -> Ended:
    """Run the command in this process."""
    words = list(map(str, arguments))
    result = CliRunner().invoke(app, words)
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return Ended(result.exit_code, result.stdout, result.stderr, documented_output(find_command(words)))


def find_command(words: Sequence[str]) -> TyperCommand | TyperGroup:
    """Return the command that is named among the words of a command line."""
    command: Any = get_command(app)  # Typer's own types: it carries its own copy of Click
    for word in words:
        if isinstance(command, TyperGroup):
            command = command.commands.get(word, command)
    return command


def documented_output(command: TyperCommand | TyperGroup) -> Any:
    """Return what the help of a command says it prints with --json, or None."""
    return getattr(command.callback, "json_output", None)
