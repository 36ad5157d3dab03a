"""`compliance policy check`: a good file is explained, a bad one told line by line; the app does not start on it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from cli.failures import ExitCode
from local.stack.devhost_process import PROJECT
from tests.cli.running import run
from tests.front_door import key_set_text, public_jwk

EXAMPLE = PROJECT / "policies/examples/company.yaml"
BAD = """\
version: "1"
policies:
  - documentClass: default
    quorum: most
  - documentClass: contract
    reviewers: [ann, ANN]
"""


@pytest.fixture
def bad(tmp_path: Path) -> Path:
    file = tmp_path / "policies.yaml"
    file.write_text(BAD)
    return file


@pytest.mark.parametrize("file", [EXAMPLE, PROJECT / "policies/default.yaml"])
def test_the_shipped_files_are_good(file: Path) -> None:
    ended = run("policy", "check", file)
    assert ended.code == ExitCode.DONE, ended.err
    assert "is good" in ended.err
    assert "default" in ended.out


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (
            ["--name", "contracts/a.pdf"],
            ["contract: the name begins with contracts/", "finance: 1 of finance", "2 of legal"],
        ),
        (["--name", "contracts/nda/a.pdf"], ["nda: the name begins with contracts/nda/", "8 working hours"]),
        (["--name", "a.pdf"], ["default: no path prefix fits", "anyone who may send decisions"]),
        (["--class", "newsletter"], ["newsletter, as submitted", "when approval can no longer be reached"]),
        (["--name", "plans/a.pdf", "--class", "press"], ["press, as submitted", "and 1 of finance"]),
    ],
)
def test_it_says_which_rules_a_document_would_get(options: list[str], told: list[str]) -> None:
    ended = run("policy", "check", EXAMPLE, *options)
    assert ended.code == ExitCode.DONE
    assert [part for part in told if part not in ended.out] == []


def test_it_says_what_follows_from_the_content_of_a_document(tmp_path: Path) -> None:
    file = tmp_path / "policies.yaml"
    file.write_text(
        'version: "1"\npolicies:\n  - documentClass: default\n  - documentClass: deal\n    reviewers: [a, b]\n'
        "    content: {allowedTypes: [pdf], typeMismatch: note, macros: {requireApprovals: 2}, malwareScan: tag}\n"
    )
    usual = " ".join(run("policy", "check", file, "--class", "default").out.split())
    assert "refused for type_mismatch, archive_bomb Documents" in usual
    told = " ".join(run("policy", "check", file, "--class", "deal").out.split())

    assert (
        "refused for type_not_allowed, archive_bomb, malware, scan_missing; 2 approvals for macros; only pdf; "
        "a malware scan is awaited for 30 minutes" in told
    )


def test_programs_are_told_the_classes_and_the_one_that_was_asked_for() -> None:
    said = run("policy", "check", EXAMPLE, "--name", "contracts/a.pdf", "--json").json()
    assert (said["version"], said["documentClass"]) == ("2026-03", "contract")
    assert [entry["documentClass"] for entry in said["classes"]][:2] == ["default", "contract"]
    assert [(entry["pathPrefix"], entry["bindsPrefix"]) for entry in said["classes"]] == [
        (None, False),
        ("contracts/", True),
        ("contracts/nda/", True),
        ("press/", True),
        ("newsletters/", False),
    ]


def test_a_class_that_the_file_lacks_is_told() -> None:
    ended = run("policy", "check", EXAMPLE, "--class", "invoice")
    assert ended.code == ExitCode.FAILED
    assert "no policy for the document class 'invoice'" in ended.err


@pytest.mark.parametrize("name", ["contracts/a.pdf", "Contracts\\a.pdf", "contracts/nda/a.pdf"])
def test_the_shipped_example_refuses_another_class_where_a_prefix_binds_it(name: str) -> None:
    ended = run("policy", "check", EXAMPLE, "--name", name, "--class", "default")
    assert ended.code == ExitCode.FAILED
    assert "and no other, not 'default'" in ended.err


def test_a_name_that_the_app_would_refuse_is_told() -> None:
    ended = run("policy", "check", EXAMPLE, "--name", "contracts//a.pdf")
    assert ended.code == ExitCode.USAGE
    assert "its name must not begin or end with a slash" in ended.err


def test_mistakes_are_told_each_with_file_and_line(bad: Path) -> None:
    ended = run("policy", "check", bad)
    assert ended.code == ExitCode.FAILED
    assert ended.err.splitlines() == [
        f"{bad}:4: policies.0.quorum: any, all or a whole number from 1 to 100 is expected"
    ]
    bad.write_text(BAD.replace("most", "any"))

    assert (
        run("policy", "check", bad).err
        == f"{bad}:6: policies.1.reviewers.1: 'ANN' appears twice; one person counts once\n"
    )


def test_a_key_set_that_is_not_there_is_told(tmp_path: Path) -> None:
    file = tmp_path / "policies.yaml"
    file.write_text('version: "1"\npolicies: [{documentClass: default, verificationKeys: keys.json}]\n')
    ended = run("policy", "check", file)

    assert ended.code == ExitCode.FAILED
    assert "keys.json: cannot be read" in ended.err


def test_the_app_does_not_start_on_a_bad_policy(bad: Path) -> None:
    settings = {
        "Documents": "UseDevelopmentStorage=true",
        "ServiceBus": "Endpoint=sb://127.0.0.1/;SharedAccessKeyName=k;SharedAccessKey=a2V5;UseDevelopmentEmulator=true",
        "EventGridTopic__topicEndpointUri": "http://127.0.0.1/api/events",
        "EventGridTopic__topicKey": "key",
        "POLICY_FILE": str(bad),
    }
    started = subprocess.run(
        [sys.executable, "-c", "import function_app"],
        cwd=PROJECT,
        env={**os.environ, **settings},
        capture_output=True,
        text=True,
        check=False,
    )
    assert started.returncode != 0
    assert f"PolicyError: {bad}:4: policies.0.quorum: any, all or a whole number" in started.stderr


@pytest.mark.parametrize("key", ["proof", "submitterProof"])
def test_a_class_that_demands_a_sign_in_needs_the_keys_of_the_front_door(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, key: str
) -> None:
    file = tmp_path / "policies.yaml"
    file.write_text(f'version: "1"\npolicies:\n  - documentClass: default\n    {key}: signIn\n')
    ended = run("policy", "check", file)
    assert ended.code == ExitCode.FAILED
    assert f"{key}: signIn (default) needs the keys of the front door: set ATTESTATION_KEYS" in ended.err

    monkeypatch.setenv("ATTESTATION_KEYS", key_set_text(public_jwk()))
    assert run("policy", "check", file).code == ExitCode.DONE
