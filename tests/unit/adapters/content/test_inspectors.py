"""Documents are inspected in processes of their own, which the worst of them end without harm to anything else."""

from __future__ import annotations

import asyncio
import io
import os
import select
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from adapters.content.inspection import inspect_content
from adapters.content.processes import process
from adapters.content.processes.inspector import HELD_BYTES
from adapters.content.processes.pool import MOST, Inspectors
from adapters.content.processes.process import Document, InspectorProcess
from compliance.content import ContentFinding, Finding
from local.stack.eventually import eventually
from tests.unit.adapters.content.crafted import archive, word

HOSTILE = "tests.unit.adapters.content.hostile_inspector"
MACROS, NOT_INSPECTED = ContentFinding.MACROS, ContentFinding.NOT_INSPECTED
DOCM = word(word__vbaProject_bin=b"")
# Starts an inspector in an app that is then killed.
APP = """
import sys
from adapters.content.processes.process import Document, InspectorProcess
inspector = InspectorProcess("tests.unit.adapters.content.hostile_inspector")
print(inspector.pid, flush=True)
content = b"loop " + sys.argv[1].encode()
inspector.inspect(Document(len(content), "a", None, (), lambda *_: content))
"""


@pytest.fixture(scope="module")
def hostile() -> Inspectors:
    """Return inspectors that do what a document says."""
    return Inspectors(HOSTILE)


def document(content: bytes, name: str = "a.docx", fetch: Callable[[int, int], bytes] | None = None) -> Document:
    """Return a document with this content."""
    return Document(len(content), name, None, ("docx",), fetch or (lambda at, length: content[at : at + length]))


async def kinds(inspectors: Inspectors, content: bytes) -> set[ContentFinding]:
    """Return the kinds of findings in a document."""
    return {finding.kind for finding in await inspectors.inspect(document(content))}


@pytest.mark.parametrize("content", [b"", b"text", DOCM, archive({"a": bytes(HELD_BYTES + 1), "b": DOCM}, 0)])
async def test_the_findings_are_those_of_an_inspection_in_this_process(hostile: Inspectors, content: bytes) -> None:
    expected = inspect_content(io.BytesIO(content), "a.docx", None, ("docx",))

    assert await hostile.inspect(document(content)) == expected


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"memory", "broke down"),
        (b"loop", "took too long"),
        (b"crash", "broke down"),
        (b"lie", "broke down"),
        (b"lie in JSON", "broke down"),
    ],
)
async def test_a_document_that_ends_its_process_keeps_what_was_found_before(
    hostile: Inspectors, content: bytes, why: str
) -> None:
    *before, last = await hostile.inspect(document(content))

    assert before == [Finding(MACROS, "found before")]
    assert last.kind is NOT_INSPECTED
    assert why in last.detail


async def test_others_are_inspected_while_a_document_ends_its_process(hostile: Inspectors) -> None:
    contents = [b"memory", *[DOCM] * MOST, b"crash", DOCM]

    found = await asyncio.gather(*(kinds(hostile, content) for content in contents))

    assert found == [{MACROS, NOT_INSPECTED} if len(content) < 10 else {MACROS} for content in contents]


def test_a_document_whose_parser_waits_for_ever_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "MOST_SECONDS", 1.0)
    inspector = InspectorProcess(HOSTILE)

    found = inspector.inspect(document(b"wait"))

    assert [finding.kind for finding in found] == [MACROS, NOT_INSPECTED]
    assert "took too long" in found[-1].detail
    assert not inspector.end.alive


async def test_one_process_inspects_one_document_after_another(hostile: Inspectors) -> None:
    first, second = [await hostile.inspect(document(b"pid")) for _ in range(2)]

    assert first == second


async def test_a_process_that_was_ended_while_it_was_idle_is_replaced(hostile: Inspectors) -> None:
    (finding,) = await hostile.inspect(document(b"pid"))
    os.kill(int(finding.detail), 9)

    assert await kinds(hostile, DOCM) == {MACROS}
    assert await hostile.inspect(document(b"pid")) != (finding,)


async def test_a_process_that_keeps_much_memory_is_replaced(hostile: Inspectors) -> None:
    first, _, second = [await hostile.inspect(document(content)) for content in (b"pid", b"much memory", b"pid")]

    assert first != second


async def test_a_process_can_write_no_file_and_holds_no_secret(
    hostile: Inspectors, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET", "secret")

    assert await kinds(Inspectors(HOSTILE), b"secrets") == set()
    assert await kinds(hostile, b"write " + os.fsencode(tmp_path / "a")) == {NOT_INSPECTED}


async def test_what_keeps_a_part_from_being_fetched_is_raised(hostile: Inspectors) -> None:
    def fail(*_: int) -> bytes:
        raise ConnectionError("storage is down")

    with pytest.raises(ConnectionError, match="storage is down"):
        await hostile.inspect(document(DOCM, fetch=fail))


async def test_a_program_that_does_not_start_is_an_error_and_no_finding() -> None:
    with pytest.raises(RuntimeError, match="did not start: it ended with 1"):
        await Inspectors("tests.unit.adapters.content.no_such_program").inspect(document(DOCM))


def test_an_inspector_ends_with_the_app_even_while_its_parser_loops(tmp_path: Path) -> None:
    started = tmp_path / "started"
    with subprocess.Popen([sys.executable, "-c", APP, str(started)], stdout=subprocess.PIPE, text=True) as app:  # noqa: S603
        assert app.stdout
        inspector = os.pidfd_open(int(app.stdout.readline()))
        try:
            eventually(started.exists, "the parser loops")
            app.kill()
            ended, _, _ = select.select([inspector], [], [], 60)
        finally:
            os.close(inspector)

    assert ended
