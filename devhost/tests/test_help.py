"""What `devhost` says of itself."""

from __future__ import annotations

from importlib.metadata import version
from typing import Any

import pytest
from typer.main import get_command
from typer.testing import CliRunner

from devhost.cli import cli

COMMANDS = ["", "clock advance", "doctor", "events deliveries", "events tail", "replay", "settings", "start", "status"]


def run(*words: str) -> Any:
    return CliRunner().invoke(cli, list(words), terminal_width=80)


@pytest.mark.parametrize("command", COMMANDS)
def test_help_fits_80_columns_and_shows_flags_without_a_type(command: str) -> None:
    shown = run(*command.split(), "-h")

    assert (shown.exit_code, shown.output) == (0, run(*command.split(), "--help").output)
    assert max(map(len, shown.output.splitlines())) <= 80
    assert "<bool>" not in shown.output


def test_each_command_s_help_is_looked_at() -> None:
    group: Any = get_command(cli)
    assert {command.split()[0] for command in COMMANDS if command} == set(group.commands)


def test_the_version_is_that_of_the_package() -> None:
    assert run("--version").output == f"devhost {version('devhost')}\n"
