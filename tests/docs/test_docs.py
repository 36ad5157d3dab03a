"""The documentation's links lead somewhere, its commands exist, its sums are right."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

import pytest

from cli.main import app
from tests.docs.pages import OPERATIONS, PAGES, README, ROOT, blocks, commands
from tests.infra.app import functions
from tests.infra.bicep import INFRA, main
from tests.infra.test_halves import HALVES

# What people are told to fill in themselves.
FILLED_IN: Final = {
    *("APP_ID", "DOCUMENTS_ID", "ETAG", "EXPORT", "HTTP", "KEY_ID", "NAMESPACE_ID", "PRINCIPAL_ID", "SUBSCRIPTION_ID"),
    *("LOST_ACCOUNT", "RUN_ID"),
}


def anchors(page: Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading).strip().lower().replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_to_files_and_headings_that_exist(page: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", page.read_text(encoding="utf-8")):
        if not target.startswith("https://"):
            path, _, anchor = target.partition("#")
            linked = (page.parent / path).resolve() if path else page
            assert linked.exists(), target
            assert not anchor or anchor in anchors(linked), target


def test_the_readme_follows_a_document_through_every_trigger_and_activity() -> None:
    linked = set(re.findall(r"\]\(((?:triggers|activities)/\w+\.py)\)", README.read_text(encoding="utf-8")))

    assert linked == {
        f"{folder}/{file.name}"
        for folder in ("triggers", "activities")
        for file in (ROOT / folder).glob("*.py")
        if file.name != "__init__.py"
    }


def test_every_make_target_exists() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    named = {
        target
        for page in PAGES
        for target in re.findall(r"`?\bmake ([a-z]+(?:-[a-z]+)?)\b[^\n]*?`", page.read_text(encoding="utf-8"))
    }
    folders = {f"test-{path.name}" for path in (ROOT / "tests").iterdir() if path.is_dir()} | {"test-devhost"}

    assert named and named <= targets | folders


@pytest.mark.parametrize("page", ["CONTRIBUTING.md", "SECURITY.md"])
def test_the_files_and_programs_that_a_page_names_exist(page: str) -> None:
    named = re.findall(
        r"`(?:\.venv/bin/([\w-]+)[^`]*|([\w.-]+/[\w./-]*|[\w-]+\.(?:md|py|toml|txt)))`", (ROOT / page).read_text()
    )
    assert named
    for program, file in named:
        assert Path(sys.executable).with_name(program).exists() if program else (ROOT / file).exists(), program or file


def test_what_a_page_has_people_write_is_neither_committed_nor_linted() -> None:
    """Ruff leaves out what git ignores, as `git add` does: programs, private keys, bundles of evidence."""
    programs = [block.text.partition(".py")[0][2:] for block in blocks(*PAGES) if re.match(r"# \w+\.py\b", block.text)]
    written = [*(f"{name}.py" for name in programs), "ana@example.org-d9573c9b.private.json", "FILE.zip"]
    ours = [path.name for path in ROOT.glob("*.py") if path.stem not in programs]

    ignored = subprocess.run(  # noqa: S603 -- fixed names
        ["git", "check-ignore", "--no-index", *written, *ours],  # noqa: S607 -- of the path, as people have it
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (len(programs), ignored.stdout.splitlines()) == (4, written)


def invocations(text: str) -> list[list[str]]:
    """Return the words of every call of `compliance`, in code blocks and in inline code."""
    prose = re.sub(r"^```.*?^```", "", text, flags=re.DOTALL | re.MULTILINE)
    code = [
        *(part.replace("\n", " ") for part in re.findall(r"`([^`]+)`", prose)),
        *text.replace("\\\n", " ").splitlines(),
    ]
    calls = (re.match(r"\s*(?:\.venv/bin/)?compliance ([a-z-].*)", part) for part in code)
    return [call[1].partition(" #")[0].split() for call in calls if call and not call[1].endswith((".", ","))]


@pytest.mark.parametrize("page", [*PAGES, ROOT / "local" / "next-steps.txt"], ids=lambda page: page.name)
def test_every_compliance_command_and_option_exists(page: Path) -> None:
    for words in invocations(page.read_text(encoding="utf-8")):
        command: Any = app
        while words and hasattr(command, "commands") and not words[0].startswith("-"):
            command = command.commands[words.pop(0)]
        options = {option for parameter in command.params for option in (*parameter.opts, *parameter.secondary_opts)}
        given = {word.partition("=")[0] for word in words if word.startswith("--")}
        assert given <= options | {"--help"}, (page.name, words)


def test_every_file_and_parameter_of_a_deployment_exists() -> None:
    for words in commands(OPERATIONS):
        line = " ".join(words)
        for template in re.findall(r"--template-file (\S+)", line):
            assert (ROOT / template).is_file()
        if "--parameters" in words and "main.bicep" in line:
            given = {w.partition("=")[0] for w in words[words.index("--parameters") + 1 :] if "=" in w}
            assert given <= set(main().parameters)
            assert {name for name, default in main().parameters.items() if default is None} <= given


def test_every_variable_is_set_somewhere() -> None:
    azd = set(re.findall(r"\$\{([A-Z_]+)", (INFRA / "main.parameters.json").read_text(encoding="utf-8")))
    pages = [OPERATIONS, *sorted((ROOT / "docs" / "operations").glob("*.md"))]
    text = "\n".join(page.read_text(encoding="utf-8") for page in pages)
    scripts = "".join(block.text for block in blocks(*pages, language="sh"))
    assigned = set(re.findall(r"^([A-Z_]+)=", scripts, re.MULTILINE))

    assert set(re.findall(r"\$(?:\{)?([A-Z_]{2,})", scripts)) <= set(main().outputs) | azd | assigned | FILLED_IN
    assert set(re.findall(r"azd env set ([A-Z_]+)", text)) <= azd


def test_the_table_of_parameters_is_that_of_azd() -> None:
    text = OPERATIONS.read_text(encoding="utf-8")
    rows = re.findall(r"^\| (`[A-Z_]+`[^|]*?) \(([^|]*)\) \|", text, re.MULTILINE)
    documented = {
        variable: name
        for variables, names in rows
        for variable, name in zip(re.findall(r"`(\w+)`", variables), re.findall(r"`(\w+)`", names), strict=True)
    }
    given = json.loads((INFRA / "main.parameters.json").read_text(encoding="utf-8"))["parameters"]
    filled = {re.findall(r"\{(\w+)", entry["value"])[0]: name for name, entry in given.items()}

    assert documented == {v: n for v, n in filled.items() if v not in ("AZURE_ENV_NAME", "AZURE_LOCATION")}


def test_the_sums_of_the_cost_tables_are_right() -> None:
    text = OPERATIONS.read_text(encoding="utf-8")
    tables = re.findall(r"<!-- cost -->(.*?)<!-- /cost -->\s+Together \*\*([\d.]+) USD", text, re.DOTALL)
    assert len(tables) == text.count("<!-- cost -->")
    for table, total in tables:
        rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in table.strip().splitlines()[2:]]
        for what, units, price, cost in rows:
            assert f"{float(units) * float(price):.4f}" == cost, what
        assert f"{sum(float(units) * float(price) for _, units, price, _ in rows):.2f}" == total


def test_zone_redundancy_costs_two_instances_for_each_group_that_azure_scales() -> None:
    """See https://learn.microsoft.com/azure/azure-functions/flex-consumption-plan#per-function-scaling ."""
    kinds = [functions()[name]["type"] for name in HALVES["messages"]["functions"]]
    groups = 1 + kinds.count("serviceBusTrigger") + kinds.count("timerTrigger")
    (ready,) = re.findall(r"about (\d+) for each instance of 2 GB", OPERATIONS.read_text(encoding="utf-8"))
    (row,) = re.findall(r"^\| `ZONE_REDUNDANT` \| (.*) \|$", OPERATIONS.read_text(encoding="utf-8"), re.MULTILINE)

    assert f"each of the {groups} groups" in row
    assert f"{2 * groups} of 2 GB, about {2 * groups * int(ready) // 10 * 10};" in row


def test_decisions_are_numbered_without_gaps_and_listed() -> None:
    pages = sorted((ROOT / "docs" / "decisions").glob("0*.md"))
    titles = [re.match(r"# (\d+)\. (.+)", page.read_text(encoding="utf-8")) for page in pages]
    listed = re.findall(
        r"^\| (\d+) \| \[(.+)\]\((0.+\.md)\) \|",
        (ROOT / "docs" / "decisions" / "README.md").read_text(encoding="utf-8"),
        re.MULTILINE,
    )

    assert [int(page.name[:4]) for page in pages] == list(range(1, len(pages) + 1))
    assert listed == [(*title.groups(), page.name) for title, page in zip(titles, pages, strict=True) if title]
