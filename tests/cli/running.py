"""The command as people and programs run it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
import jsonschema
from click.testing import CliRunner
from pydantic import TypeAdapter

from cli.json_outputs import JSON_OUTPUTS, SCHEMAS
from cli.main import app


@dataclass(frozen=True, slots=True)
class Ended:
    """How a command ended and what it printed."""

    code: int
    out: str
    err: str
    command: str

    def json(self) -> Any:
        """Return the result for programs, which must have the keys of the command's model and fit its schema."""
        printed = json.loads(self.out)
        if self.command in JSON_OUTPUTS:
            model = TypeAdapter(JSON_OUTPUTS[self.command])
            assert model.dump_python(model.validate_python(printed), mode="json", by_alias=True) == printed
            schema = json.loads((SCHEMAS / f"{self.command.replace(' ', '-')}.json").read_text(encoding="utf-8"))
            jsonschema.validate(printed, schema)
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
    return Ended(result.exit_code, result.stdout, result.stderr, command_path(words))


def command_path(words: Sequence[str]) -> str:
    """Return the names of the command on a command line, such as `quarantine list`."""
    command: click.Command = app
    path: list[str] = []
    for word in words:
        if isinstance(command, click.Group) and word in command.commands:
            command = command.commands[word]
            path.append(word)
    return " ".join(path)
