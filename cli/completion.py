"""`compliance completion`: the completion of commands and options by a shell."""

from __future__ import annotations

from typing import Final

import click
from click.shell_completion import BashComplete, FishComplete, ZshComplete

from cli.commands import Command

_SHELLS: Final = {"bash": BashComplete, "zsh": ZshComplete, "fish": FishComplete}


@click.command(cls=Command)
@click.argument("shell", type=click.Choice([*_SHELLS]), metavar="SHELL", help="bash, zsh or fish.")
@click.pass_context
def completion(context: click.Context, *, shell: str) -> None:
    """Print the script with which a shell completes commands and options.

    \b
    For bash, in ~/.bashrc:
      eval "$(compliance completion bash)"
    For zsh, in ~/.zshrc, after compinit:
      eval "$(compliance completion zsh)"
    For fish, once:
      compliance completion fish \\
        > ~/.config/fish/completions/compliance.fish
    """
    kind = _SHELLS[shell]
    click.echo(kind(context.find_root().command, {}, "compliance", "_COMPLIANCE_COMPLETE").source())
