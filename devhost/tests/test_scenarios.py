"""SCENARIOS.md is true: what it names exists, what it leaves unmarked has no exception, nothing is left out."""

from __future__ import annotations

import ast
import lzma
import re
from pathlib import Path

TESTS = Path(__file__).parent
ROWS = [line for line in (TESTS / "SCENARIOS.md").read_text().splitlines() if line.startswith("| ")]


def named(but: bool) -> set[str]:
    """Return the recordings that the page names, with or without an exception."""
    lists = re.findall(r"\brecorded (but )?([A-Z]\w*(?:, [A-Z]\w*)*)", "\n".join(ROWS))
    return {name for marked, names in lists if bool(marked) is but for name in names.split(", ")}


def recorded() -> set[str]:
    with lzma.open(TESTS / "golden" / "durable-3.15.0.jsonl.xz", "rt", encoding="utf-8") as lines:
        return {line.split('"', 4)[3] for line in lines}  # the scenario's name is a line's first member


def exceptions() -> set[str]:
    """Return the keys of DIFFERENT in the module that runs the recordings."""
    module = ast.parse((TESTS / "durable" / "test_recorded_runs.py").read_text())
    for node in module.body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "DIFFERENT":
            assert isinstance(node.value, ast.Dict)
            return {ast.literal_eval(key) for key in node.value.keys if key}
    raise AssertionError("test_recorded_runs.py has no DIFFERENT")


def test_every_named_test_exists() -> None:
    names = set(re.findall(r"([a-z_/]+/test_\w+\.py)::(test_\w+)", "\n".join(ROWS)))
    missing = {f"{file}::{test}" for file, test in names if f"def {test}(" not in (TESTS / file).read_text()}
    assert (missing, len(names) > 30) == (set(), True)


def test_every_scenario_has_a_proof() -> None:
    assert [row for row in ROWS[1:] if "::" not in row and "recorded" not in row] == []


def test_every_recording_is_named_and_marked_where_it_has_an_exception() -> None:
    generated = {name for name in recorded() if name[0] in "YZ"}
    assert named(but=True) == exceptions()
    assert named(but=False) == recorded() - exceptions() - generated
