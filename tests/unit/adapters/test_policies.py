"""The policy file of a deployment, from disk."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path

import pytest

from adapters.policies import check_against_settings, load_policies
from adapters.settings import Settings
from contracts.policy_file.parsing import PolicyError
from tests.builders import policy
from tests.signing_keys import key_set_text, signer

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


NAMED = "    reviewers: [ann@example.org]\n"
STAGES = """    stages:
      - { name: first, reviewers: [ann@example.org] }
      - { name: second }
"""


@pytest.mark.parametrize(
    ("rules", "settings", "refused"),
    [
        ("", {"SIGN_IN_CLIENT_ID": "c"}, True),
        (STAGES, {"SIGN_IN_CLIENT_ID": "c"}, True),
        (STAGES, {"SIGN_IN_CLIENT_ID": "c", "REVIEWER_ROLE_ASSIGNED": "false"}, True),
        (STAGES, {"SIGN_IN_CLIENT_ID": "c", "REVIEWER_ROLE_ASSIGNED": "true"}, False),
        (NAMED, {"SIGN_IN_CLIENT_ID": "c"}, False),
        ("", {}, False),
    ],
)
def test_a_front_door_where_nobody_could_decide_does_not_start(
    tmp_path: Path, rules: str, settings: dict[str, str], refused: bool
) -> None:
    file = tmp_path / "policies.yaml"
    file.write_text(GOOD + rules)
    loaded, chosen = load_policies(file), Settings.unchecked(settings)

    with pytest.raises(PolicyError) if refused else nullcontext() as raised:
        check_against_settings(loaded, file, chosen)
    if raised:
        assert str(raised.value) == (
            f"{file}: no reviewers are named (default), so at the front door only people with the role Reviewer "
            "decide: give somebody that role and set REVIEWER_ROLE_ASSIGNED to true, or name reviewers"
        )


def test_a_class_that_only_keys_decide_in_needs_no_role(tmp_path: Path) -> None:
    (tmp_path / "keys.json").write_text(key_set_text(signer("ann-1", "ann@example.org").jwk()))
    file = tmp_path / "policies.yaml"
    file.write_text(GOOD + "    proof: ownKey\n    verificationKeys: keys.json\n")

    check_against_settings(load_policies(file), file, Settings.unchecked({"SIGN_IN_CLIENT_ID": "c"}))


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
