"""The policy file of a deployment, from disk."""

from __future__ import annotations

from pathlib import Path

import pytest

from adapters.policies import load_policies
from contracts.policy_file.parsing import PolicyError
from tests.builders import policy

GOOD = 'version: "1"\npolicies:\n  - documentClass: default\n'


def told(path: Path, content: bytes) -> str:
    """Return what the error says of a file, without the file's path at its beginning."""
    path.write_bytes(content)
    with pytest.raises(PolicyError) as raised:
        load_policies(path)
    assert str(raised.value).startswith(str(path))
    return str(raised.value).removeprefix(str(path))


def test_the_shipped_policies_are_good() -> None:
    assert load_policies(Path("policies/default.yaml")).resolve("default").stages == policy().stages


def test_a_good_file_is_read(tmp_path: Path) -> None:
    file = tmp_path / "policies.yaml"
    file.write_text("\ufeff" + GOOD, encoding="utf-8")

    assert load_policies(file).version == "1"


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (b"", ":1: a mapping"),
        (b"- a list", ":1: a mapping"),
        (b"version: [1", ":1: not YAML: expected ',' or ']'"),
        (b"version: '1'\npolicies: a: b: c\n", ":2: not YAML: mapping values are not allowed here"),
        (b"version: '1'\n\tpolicies: []\n", ":2: not YAML: found character '\\t' that cannot start any token"),
        (b"version: !!python/object:os.system x\n", ":1: not YAML: could not determine a constructor"),
        (b"version: '1'\n---\nversion: '2'\n", ":2: not YAML: but found another document"),
        (b"version: 2026-13-45\n", ": not YAML: month must be in 1..12"),
        (b"[" * 1100, ": not YAML: nested too deeply"),
        (b"a: &a [*a]\n", ": not YAML: nested too deeply"),
        (b"version: \x00\n", ": not YAML: unacceptable character"),
        (b"version: \xff\n", ": cannot be read: 'utf-8' codec can't decode"),
        (GOOD.encode() + b"    quorum: most\n", ":4: policies.0.quorum"),
        (GOOD.encode() + b"    deadlineHours: .nan\n", ":4: policies.0.deadlineHours"),
        (GOOD.encode() + b"    deadlineHours: 1\n    deadlineHours: 2\n", ":5: the key 'deadlineHours' appears twice"),
    ],
)
def test_a_bad_file_is_told_with_its_line_where_there_is_one(tmp_path: Path, content: bytes, text: str) -> None:
    assert told(tmp_path / "policies.yaml", content).startswith(text)


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(PolicyError, match=r"nowhere\.yaml: cannot be read"):
        load_policies(tmp_path / "nowhere.yaml")
    with pytest.raises(PolicyError, match="cannot be read"):
        load_policies(tmp_path)
