"""The command as people and programs run it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from typer.testing import CliRunner

from cli.main import app


@dataclass(frozen=True, slots=True)
class Ended:
    """How a command ended and what it said."""

    code: int
    out: str
    err: str

    def json(self) -> Any:
        """The result for programs."""
        return json.loads(self.out)


@dataclass(frozen=True, slots=True)
class Compliance:
    """Runs the command in this process, with the settings of the stack."""

    settings: Path

    def __call__(self, *arguments: object) -> Ended:
        return run("--settings", self.settings, *arguments)


def run(*arguments: object) -> Ended:
    """Run the command in this process."""
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return Ended(result.exit_code, result.stdout, result.stderr)
