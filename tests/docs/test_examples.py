"""Every block of code in the documentation is run or checked as it is printed, or is listed here with a reason.

Commands that need a stack are run by tests/e2e/journeys/test_pages.py; here the real parsers read them.
"""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

import pytest
from click.testing import CliRunner
from devhost.app.settings import read_settings  # noqa: TID251 the app must not know it, its documentation may
from devhost.cli import cli  # noqa: TID251 as above
from devhost.companions.file import read_companions  # noqa: TID251 as above
from devhost.event_grid.config import read_config  # noqa: TID251 as above
from devhost.sign_in.people_file import read_people  # noqa: TID251 as above
from typer.main import get_command

from cli.main import app
from contracts.proofs import attestation, decision_proof, submission_attestation
from tests.docs.pages import DEVHOST, PAGES, README, ROOT, Block, blocks, commands

ALL: Final = [*PAGES, DEVHOST]
LOCAL: Final = {"compliance", "devhost", "make"}
# Programs that cannot run in a test, and why.
NOT_RUN: Final = {
    "az": "needs an Azure subscription",
    "azcopy": "needs an Azure subscription",
    "azd": "needs an Azure subscription",
    "gh": "needs a repository on GitHub",
    "git": "changes the working tree",
    "func": "Azure Functions Core Tools are not installed",
    "npm": "downloads; make setup runs it with a lock file",
    "pip": "downloads; tests/infra/test_verifier.py expects it, and make setup runs it",
    "pipx": "downloads; tests/infra/test_command_alone.py installs the same wheel with uv",
    "python": "tests/infra/test_verifier.py runs the auditor's",
    "python3": "tests/infra/test_verifier.py expects it",
    "pytest": "runs longer than a test may; that its file exists is checked",
    "curl": "README: run on a stack; else it needs an app on Azure or a running devhost",
    "jq": "is not installed everywhere",
    "cd": "changes nothing",
    "export": "changes nothing",
    "set": "changes nothing",
    ".": "reads the settings of a deployment",
}
# What readers fill in, and what a parser accepts in its place.
FILLED_IN: Final = {
    "REVIEW": "0" * 64,
    "TIME": "2026-03-02T09:30",
    "path/to/your/app": str(ROOT),
    "history.json": str(ROOT / "host.json"),
}
LANGUAGES: Final = {"sh", "yaml", "json", "python", "mermaid", "text"}


def program(word: str) -> str:
    return re.sub(r"^(\.venv|verifier)/bin/", "", word)


def test_every_block_is_of_a_language_that_is_checked() -> None:
    assert {block.language for block in blocks(*ALL)} <= LANGUAGES


@pytest.mark.parametrize("page", ALL, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_command_is_run_or_listed_with_a_reason(page: Path) -> None:
    for words in commands(page):
        if "$(" not in words[0]:
            ran = next((word for word in words if not re.fullmatch(r"[A-Z_]+=.*", word)), "export")
            assert program(ran) in LOCAL | NOT_RUN.keys(), words
        for word in words:
            if re.fullmatch(r"[a-z]\w*/[\w/-]+\.(py|yaml)", word):
                assert (ROOT / word).exists(), words


@pytest.fixture
def read_only(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Return the two commands, whose subcommands only read their command line."""
    both: dict[str, Any] = {"compliance": app, "devhost": get_command(cli)}

    def disarm(command: Any) -> None:
        for name in getattr(command, "commands", []):
            disarm(command.commands[name])
        if not hasattr(command, "commands"):
            monkeypatch.setattr(command, "callback", None)

    for command in both.values():
        disarm(command)
    return both


@pytest.mark.parametrize("page", ALL, ids=lambda page: str(page.relative_to(ROOT)))
def test_the_real_parser_takes_every_command_line(page: Path, read_only: dict[str, Any]) -> None:
    for words in commands(page):
        if (name := program(words[0])) in read_only:
            filled = [FILLED_IN.get(word, word) for word in words[1:]]
            read_only[name].main(filled, prog_name=name, standalone_mode=False)  # raises what is wrong


@pytest.mark.parametrize("page", ALL, ids=lambda page: str(page.relative_to(ROOT)))
def test_make_would_run_every_target(page: Path) -> None:
    for words in commands(page):
        if words[0] == "make":
            ended = subprocess.run(  # noqa: S603 our own Makefile
                ["make", "--dry-run", *words[1:]],  # noqa: S607
                cwd=ROOT,
                capture_output=True,
                text=True,
                check=False,
            )
            assert ended.returncode == 0, ended.stderr


def test_the_commands_about_policies_and_keys_do_what_the_pages_say(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "compliance-policies").mkdir()
    ran = []
    for words in commands(ROOT / "docs" / "policy.md", ROOT / "docs" / "proofs.md"):
        if words[1:2] in (["policy"], ["keys"]) and "KID" not in words:
            filled = [str(tmp_path / w) if w == "ana.json" else w.replace("~", str(tmp_path)) for w in words[1:]]
            ended = CliRunner().invoke(app, filled)
            assert ended.exit_code == 0, ended.output
            ran.append(words[2])
            if words[2] == "new":
                (tmp_path / "ana.json").write_text(ended.stdout)
    (policies,) = blocks(ROOT / "docs" / "proofs.md", language="yaml")
    file = tmp_path / "compliance-policies" / "policies.yaml"
    file.write_text(policies.text)

    assert ran == ["check", "check", "new", "add", "list"]
    assert CliRunner().invoke(app, ["policy", "check", str(file)]).exit_code == 0


@pytest.mark.parametrize("block", blocks(*ALL, language="yaml"), ids=str)
def test_every_yaml_is_a_good_policy_file_as_it_is_printed(block: Block, tmp_path: Path) -> None:
    (tmp_path / "company-holidays.txt").write_text("2026-12-31\n", encoding="utf-8")
    (tmp_path / "keys.json").write_text('{"keys": []}', encoding="utf-8")
    file = tmp_path / "policies.yaml"
    file.write_text(block.text, encoding="utf-8")

    checked = CliRunner().invoke(app, ["policy", "check", str(file)])

    assert checked.exit_code == 0, checked.output


def test_the_json_of_devhost_s_page_are_files_that_it_reads(tmp_path: Path) -> None:
    settings, events, people, programs = blocks(*ALL, language="json")
    assert settings.page == events.page == people.page == programs.page == DEVHOST
    file = tmp_path / "file.json"
    file.write_text(settings.text)
    placeholders = [f"DEVHOST_{name}" for name in ("STORAGE", "SERVICE_BUS", "EVENT_GRID_ENDPOINT", "EVENT_GRID_KEY")]
    assert set(read_settings(file, dict.fromkeys(placeholders, "filled in")).values.values()) == {"filled in"}
    file.write_text(events.text)
    assert len(read_config(file).subscriptions) == len(json.loads(events.text)["subscriptions"])
    file.write_text(people.text)
    assert len(read_people(file).people) == len(json.loads(people.text)["people"])
    file.write_text(programs.text)
    assert read_companions(file).keys() == json.loads(programs.text).keys()


def is_signed(block: Block) -> bool:
    """Return whether a block is the header and the claims of something signed, and no program."""
    return '"typ":' in block.text


PROGRAMS: Final = {
    block.text.partition("\n")[0]: block.text for block in blocks(*ALL, language="python") if not is_signed(block)
}
SIGNED: Final = [block for block in blocks(*ALL, language="python") if is_signed(block)]


def test_every_program_is_known() -> None:
    assert list(PROGRAMS) == [
        "# decide.py REVIEW (the whole id); run it with .venv/bin/python",  # run in tests/e2e/journeys/test_pages.py
        "# instead of client = ServiceBusClient.from_connection_string(...)",  # below
        "# to_review.py",  # run in tests/e2e/journeys/test_pages.py
        "# completions.py",  # run in tests/e2e/journeys/test_pages.py
        "import hashlib, json, sys, zipfile",  # run in tests/unit/cli/test_evidence_page.py
        "# approve.py REVIEW (the whole id); run it with .venv/bin/python",  # run in tests/e2e/journeys/test_pages.py
        '"""An approval that ends after 72 hours."""',  # run in devhost/tests/testing
        "def test_nobody_answers_for_72_hours(devhost):",  # run in devhost/tests/testing
        '@pytest.fixture(scope="module")',  # the options: as in devhost/tests/testing
        "import base64",  # run in devhost/tests/sign_in
    ]


def test_a_decision_on_azure_needs_a_namespace_and_an_identity() -> None:
    names: dict[str, Any] = {}
    program = PROGRAMS["# instead of client = ServiceBusClient.from_connection_string(...)"]
    exec("from azure.servicebus import ServiceBusClient\n" + program, names)  # noqa: S102 our own page
    with names["client"] as client:
        assert client.fully_qualified_namespace == "NAMESPACE.servicebus.windows.net"


def test_what_is_signed_has_the_claims_that_the_app_takes() -> None:
    found = {}
    for block in SIGNED:
        header, claims = (ast.literal_eval(ast.unparse(part)) for part in ast.parse(block.text).body)
        assert set(header) == decision_proof.HEADER
        found[header["typ"]] = set(claims)

    proof = {field.alias for field in decision_proof.ProofClaims.model_fields.values()}
    attested = {field.alias for field in attestation.AttestationClaims.model_fields.values()}
    sign_in = {field.alias for field in attestation.SignInClaims.model_fields.values()}
    submitted = {field.alias for field in submission_attestation.SubmissionClaims.model_fields.values()}
    assert found == {
        decision_proof.TYPE: proof,
        attestation.TYPE: attested - proof,
        attestation.SUBMISSION_TYPE: submitted - sign_in,
    }


def test_the_programs_of_the_readme_pass_make_lint_where_they_are_saved() -> None:
    saved = {name[1]: b.text for b in blocks(README, language="python") if (name := re.match(r"# (\w+\.py)\b", b.text))}
    assert list(saved) == ["decide.py", "to_review.py", "completions.py"]
    ruff = Path(sys.executable).with_name("ruff")
    for name, text in saved.items():
        for check in (["check"], ["format", "--check"]):
            done = subprocess.run(  # noqa: S603 our own linter
                [ruff, *check, "--stdin-filename", name, "-"],
                input=text,
                cwd=ROOT,
                capture_output=True,
                text=True,
                check=False,
            )
            assert done.returncode == 0, done.stdout + done.stderr
