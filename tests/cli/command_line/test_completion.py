"""Completion by the shells, in those that are installed here, and what the command answers to each of them."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.running import run

COMMAND = Path(sys.executable).with_name("compliance")
IN_SHELL = {
    "bash": 'eval "$(compliance completion bash)"; COMP_WORDS=({words}); COMP_CWORD={last}; '
    '_compliance_completion compliance; printf "%s\\n" "${{COMPREPLY[@]}}"',
    "zsh": 'autoload -U compinit; compinit -u; eval "$(compliance completion zsh)"; '
    "compadd() {{ print -l -- ${{(P)@[-1]}} }}; _describe() {{ print -l -- ${{(P)3}} }}; "
    "words=({words}); CURRENT=$(({last} + 1)); _compliance_completion",
    "fish": 'compliance completion fish | source; complete -C "{words}"',
}
CASES = [
    ("compliance qua", {"quarantine"}),
    ("compliance quarantine re", {"replay"}),
    ("compliance list --js", {"--json"}),
]


def environment(**more: str) -> dict[str, str]:
    return {"PATH": f"{COMMAND.parent}:{os.environ['PATH']}", "HOME": os.environ.get("HOME", "/"), **more}


@pytest.mark.parametrize("shell", IN_SHELL)
@pytest.mark.parametrize(("words", "expected"), CASES)
def test_a_shell_completes_commands_and_options(shell: str, words: str, expected: set[str]):
    if not (program := shutil.which(shell)):
        pytest.skip(f"{shell} is not installed")
    script = IN_SHELL[shell].format(words=words, last=words.count(" "))
    ended = subprocess.run([program, "-c", script], env=environment(), capture_output=True, text=True, check=False)  # noqa: S603 ours
    assert {line.partition(":")[0].split("\t")[0] for line in ended.stdout.split("\n") if line} == expected, (
        ended.stderr
    )


@pytest.mark.parametrize("shell", IN_SHELL)
@pytest.mark.parametrize(("words", "expected"), CASES)
def test_the_command_answers_a_shell(shell: str, words: str, expected: set[str]):
    asked = environment(_COMPLIANCE_COMPLETE=f"{shell}_complete", COMP_WORDS=words, COMP_CWORD=str(words.count(" ")))
    if shell == "fish":
        asked["COMP_CWORD"] = words.rpartition(" ")[2]
    ended = subprocess.run([COMMAND], env=asked, capture_output=True, text=True, check=True)  # noqa: S603 ours
    assert expected <= {word for line in ended.stdout.splitlines() for word in line.replace("\t", ",").split(",")}


def test_another_shell_is_refused():
    assert "'tcsh' is not one of 'bash', 'zsh', 'fish'" in run("completion", "tcsh").err
