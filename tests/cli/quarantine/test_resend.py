"""Refused messages are sent again or thrown away: recorded first, taken off last, and counted once."""

from __future__ import annotations

import json
import sys
import uuid
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from cli.failures import CommandError, ExitCode
from cli.quarantine.editor import edit_text
from local.stack.eventually import eventually
from local.stack.messages import COMMANDS, DECISIONS, SUBMISSIONS, Message
from local.stack.reviews import wait_until_asked, wait_until_finished, wait_until_open
from local.stack.running import Stack
from tests.cli.running import Compliance, Ended

OPERATOR = "olga@example.org"
QUARANTINES = ("decisions-quarantine", "submissions-quarantine")
TEXT = b"House rules\n\nBe kind.\n"


@pytest.fixture
def name() -> str:
    return f"{uuid.uuid4()}.txt"


@pytest.fixture
def review(stack: Stack, name: str) -> str:
    """Open a review and return its id once it waits for decisions."""
    identity = wait_until_open(stack, name, stack.documents.upload(name, TEXT, {"submitter": "sam@example.org"}))
    wait_until_asked(stack, identity)
    return identity


def quarantined(stack: Stack, message_id: str) -> Message | None:
    kept = [each for queue in QUARANTINES for each in stack.messages.peek(queue)]
    return next((each for each in kept if each.correlation_id == message_id), None)


def refused(stack: Stack, message_id: str) -> str:
    """Return the id under which the quarantine holds a message."""
    return eventually(lambda: quarantined(stack, message_id), "the message is in the quarantine").message_id


def steps(stack: Stack, review: str) -> list[tuple[str, str]]:
    """Return what a review's audit trail says was done in the quarantine, and by whom."""
    return [(row["event"], row["who"]) for row in stack.ledger.audit(review) if row["event"].startswith("quarantine_")]


def editor(monkeypatch: pytest.MonkeyPatch, folder: Path, code: str) -> None:
    """Set EDITOR to a program that changes `text`."""
    script = folder / "editor.py"
    script.write_text(
        "import pathlib, sys\n"
        "file = pathlib.Path(sys.argv[1])\n"
        f"text = file.read_bytes().decode()\n{code}\nfile.write_bytes(text.encode())\n"
    )
    monkeypatch.delenv("VISUAL", raising=False)
    monkeypatch.setenv("EDITOR", f"'{sys.executable}' '{script}'")


def replay(compliance: Compliance, *arguments: str) -> Ended:
    return compliance("quarantine", "replay", *arguments, "--as", OPERATOR)


def test_a_malformed_decision_is_put_right_counts_and_is_gone(
    compliance: Compliance, stack: Stack, review: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = {"decisionId": str(uuid.uuid4()), "reviewId": review, "decision": "Approve", "reviewer": "rita"}
    message_id = stack.messages.send(DECISIONS, json.dumps(said).encode())
    identity = refused(stack, message_id)

    as_it_is = replay(compliance, identity)
    assert (as_it_is.code, "correct it with --edit" in as_it_is.err) == (ExitCode.USAGE, True)
    editor(monkeypatch, tmp_path, "text = text.replace('Approve', 'approve')")
    ended = replay(compliance, identity[:12], "--edit", "--comment", "a capital letter", "--json")
    assert ended.code == ExitCode.DONE, ended.err
    [handled] = ended.json()
    assert (handled["id"], handled["reviewId"], handled["answer"]["answer"]) == (identity, review, "recorded")
    assert quarantined(stack, message_id) is None
    assert replay(compliance, identity).code == ExitCode.NOT_FOUND
    assert steps(stack, review) == [("quarantine_replayed", OPERATOR)]
    assert [row["reviewer"] for row in stack.ledger.decisions(review)] == ["rita"]


def test_a_replay_that_is_interrupted_after_it_was_sent_is_given_again_and_counts_once(
    compliance: Compliance, stack: Stack, review: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    identity = refused(stack, stack.messages.decide(review, "reject ", "rita"))

    async def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    editor(monkeypatch, tmp_path, "text = text.replace('reject ', 'reject')")
    with pytest.MonkeyPatch.context() as during:
        during.setattr("cli.quarantine.resend._take_off", interrupted)
        assert replay(compliance, identity, "--edit").code == ExitCode.INTERRUPTED
    assert replay(compliance, identity, "--edit", "--json").json()[0]["answer"]["answer"] == "recorded"
    assert steps(stack, review) == [("quarantine_replayed", OPERATOR)] * 2
    wait_until_finished(stack, review)
    assert [row["verdict"] for row in stack.ledger.decisions(review)] == ["reject"]


@pytest.mark.parametrize(
    ("code", "told"),
    [("", "nothing was changed"), ("sys.exit(3)", "the editor ended with code 3"), ("file = 1", "ended with code 1")],
)
def test_an_edit_that_came_to_nothing_sends_nothing(
    code: str, told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    editor(monkeypatch, tmp_path, code)
    with pytest.raises(CommandError, match=told):
        edit_text("{}\r\n", ".json")


def test_an_edit_is_taken_to_the_byte(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    editor(monkeypatch, tmp_path, "text += 'ü'")
    assert edit_text('{"a": "\r\n"}', ".json") == '{"a": "\r\n"}ü'


def test_an_editor_that_is_not_there_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VISUAL", "/no/such/editor")
    with pytest.raises(CommandError, match="set EDITOR to another one"):
        edit_text("{}", ".json")


def test_a_submission_is_put_right_and_reviewed(
    compliance: Compliance, stack: Stack, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    etag = stack.documents.upload(name, TEXT, container="submissions")
    said = {"type": "DocumentSubmittedV1", "container": "submissions", "name": name, "etag": etag}
    wrong = stack.messages.send(SUBMISSIONS, json.dumps({**said, "documentClass": "secret-plans"}).encode())
    identity = refused(stack, wrong)
    editor(monkeypatch, tmp_path, "text = text.replace('secret-plans', 'default')")
    ended = replay(compliance, identity, "--edit")

    assert ended.code == ExitCode.DONE, ended.err
    assert wait_until_open(stack, name, etag, container="submissions") in ended.out
    assert quarantined(stack, wrong) is None


def test_a_decision_as_it_came_keeps_the_time_when_it_was_sent(
    compliance: Compliance, stack: Stack, review: str
) -> None:
    message_id = stack.messages.decide(review, "approve", "sam@example.org")
    identity = refused(stack, message_id)
    first = quarantined(stack, message_id)
    assert first
    ended = replay(compliance, identity, "--json")
    assert (ended.code, ended.json()[0]["answer"]["answer"]) == (ExitCode.REFUSED, "not_permitted")
    again = eventually(lambda: quarantined(stack, message_id), "it is refused again")

    assert again == first


def test_a_decision_that_is_replayed_counts_by_the_time_when_it_was_sent_and_once(
    compliance: Compliance, stack: Stack
) -> None:
    """The app sends it again itself, as often as the step is told; on the public queue the time would not count."""
    name, zoe, led = f"{uuid.uuid4()}.txt", f"{uuid.uuid4()}@example.org", {"documentclass": "led"}
    review = wait_until_open(stack, name, stack.documents.upload(name, TEXT, led))
    wait_until_asked(stack, review)
    identity = refused(stack, first := stack.messages.decide(review, "approve", zoe))
    kept = quarantined(stack, first)
    assert kept
    sent, day = datetime.fromisoformat(kept.properties["originalEnqueuedTime"]), timedelta(days=1)
    in_force = {"from": (sent - day).isoformat(), "until": (sent + day).isoformat()}
    given = {"type": "DelegationV1", "by": "cat@example.org", "to": zoe, **in_force}
    assert stack.messages.answer(stack.messages.send(DECISIONS, json.dumps(given).encode()))["answer"] == "recorded"
    replaying = {"action": "replay", "quarantinedId": identity, "reviewId": review, "stepId": str(uuid.uuid4())}
    for _ in range(2):
        assert told(stack, COMMANDS, **replaying)["answer"] == "recorded"

    assert [each["answer"] for each in stack.messages.answers(first, 3)] == ["not_permitted", "recorded", "recorded"]
    [row] = stack.ledger.decisions(review)
    assert (row["onBehalfOf"], datetime.fromisoformat(row["enqueuedAt"])) == ("cat@example.org", sent)
    assert datetime.fromisoformat(row["copyEnqueuedAt"]) > sent
    assert steps(stack, review) == [("quarantine_replayed", "ceo@example.org")]
    ended = replay(compliance, identity, "--json")
    assert (ended.code, ended.json()[0]["answer"]["answer"]) == (ExitCode.DONE, "recorded")
    assert told(stack, COMMANDS, **replaying)["answer"] == "recorded"


def test_what_each_message_is_about_is_in_the_list_where_it_is_well_formed(
    compliance: Compliance, stack: Stack, review: str
) -> None:
    mine, malformed = (stack.messages.decide(review, word, "sam@example.org") for word in ("approve", "Approve"))
    identities = [refused(stack, mine), refused(stack, malformed)]
    listed = {each["id"]: each for each in compliance("quarantine", "list", "--json").json()}
    told = [[listed[each][key] for key in ("reviewId", "sender", "refusedBecause")] for each in identities]
    assert told == [[review, "sam@example.org", "not_permitted"], [None, None, "malformed"]]
    lines = compliance("quarantine", "list").out.splitlines()
    [line] = [line for line in lines if line.startswith(identities[0][:12])]
    assert line.split("\t")[3:6] == [review, "sam@example.org", "not_permitted"]

    ended = replay(compliance, *identities, "--json")
    assert ended.code == ExitCode.REFUSED
    [again, wrong] = ended.json()
    assert (again["id"], again["answer"]["answer"], again["error"]) == (identities[0], "not_permitted", None)
    assert (wrong["id"], wrong["answer"], "correct it with --edit" in wrong["error"]) == (identities[1], None, True)


def test_what_is_discarded_is_gone_and_recorded(compliance: Compliance, stack: Stack, review: str) -> None:
    before = stack.messages.send(DECISIONS, b"{")
    wrong = stack.messages.decide(review, "Approve", "rita")
    identity, other = refused(stack, wrong), refused(stack, before)
    ended = compliance("quarantine", "discard", identity, "--as", OPERATOR, "--comment", "a test of Rita's")
    assert ended.code == ExitCode.DONE, ended.err
    assert quarantined(stack, wrong) is None
    assert refused(stack, before) == other
    assert steps(stack, review) == [("quarantine_discarded", OPERATOR)]

    late = refused(stack, stack.messages.decide(review, "approve", "sam@example.org"))
    ended = compliance("quarantine", "discard", other, "00" * 6, late, "--as", OPERATOR, "--comment", "noise")
    assert ended.code == ExitCode.NOT_FOUND
    assert ended.out.splitlines() == [f"Discarded: {other[:12]}", f"Discarded: {late[:12]}"]
    assert "Error: 000000000000: no refused message starts with 000000000000" in ended.err
    told = compliance("quarantine", "history", "--json").json()
    [step] = [each for each in told if other[:12] in each["detail"]]
    assert (step["event"], step["who"], step["queue"]) == ("quarantine_discarded", OPERATOR, "decisions-quarantine")
    assert step["detail"].endswith(": noise")


def told(stack: Stack, queue: str, **said: object) -> dict[str, object]:
    """Send a step that no command has made, and return the answer."""
    step = {
        "type": "QuarantineHandledV1",
        "stepId": str(uuid.uuid4()),
        "action": "discard",
        "queue": "decisions-quarantine",
        "by": "ceo@example.org",
        "reason": "😀" * 1000,
        **said,
    }
    return stack.messages.answer(stack.messages.send(queue, json.dumps(step).encode()))


def test_a_step_is_believed_only_of_an_operator_and_about_a_message_that_is_there(stack: Stack, review: str) -> None:
    mine, nobodys = refused(stack, stack.messages.decide(review, "Approve", "rita")), "00" * 32
    other = refused(stack, stack.messages.send(DECISIONS, b"{"))
    for queue, quarantined_id, about, answer in (
        (DECISIONS, mine, review, "malformed"),
        (COMMANDS, nobodys, review, "not_permitted"),
        (COMMANDS, other, review, "not_permitted"),
        (COMMANDS, mine, None, "recorded"),
        (COMMANDS, mine, review, "recorded"),
    ):
        about_it = {"quarantinedId": quarantined_id, **({"reviewId": about} if about else {})}
        assert told(stack, queue, **about_it)["answer"] == answer
    assert (
        told(stack, COMMANDS, quarantinedId=mine, reviewId=review, sequenceNumber=1 << 40)["answer"] == "not_permitted"
    )

    assert steps(stack, review) == [("quarantine_discarded", "ceo@example.org")]


def test_the_same_step_told_again_is_recorded_once_even_if_the_message_is_gone(
    compliance: Compliance, stack: Stack, review: str
) -> None:
    identity, step_id = refused(stack, stack.messages.decide(review, "Approve", "rita")), str(uuid.uuid4())
    same = {"quarantinedId": identity, "reviewId": review, "stepId": step_id}
    assert told(stack, COMMANDS, **same)["answer"] == "recorded"
    ended = compliance("quarantine", "discard", identity, "--as", OPERATOR, "--comment", "a test")
    assert ended.code == ExitCode.DONE, ended.err
    assert told(stack, COMMANDS, **same)["answer"] == "recorded"

    assert steps(stack, review) == [("quarantine_discarded", "ceo@example.org"), ("quarantine_discarded", OPERATOR)]
