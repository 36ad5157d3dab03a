"""An examination by `compliance doctor`: what it left out, and its report."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import AsyncExitStack, contextmanager
from datetime import datetime, timedelta
from enum import IntEnum
from typing import Final

from rich.progress import Progress, TaskID, TextColumn

from adapters.durable_api import Orchestrations
from adapters.probe import Probe
from cli.doctor.copy_observer import Copies
from cli.doctor.diagnosis import Note, Trouble, find_troubles, notes
from cli.doctor.observations import Observations
from cli.doctor.observer import Observer
from cli.doctor.parts import COPIES, SUBSCRIPTIONS_OF_TOPIC, skippable_names
from cli.failures import CommandError, ExitCode
from cli.json_output import JsonOutput
from cli.lookup import short_id
from cli.session import Session
from cli.terminal import err, moment, print_line, print_table, say

_REVIEW: Final = re.compile(r"\b[0-9a-f]{64}\b")
_POLICY_FILE: Final = "this app's own policy file"
_BY_DESIGN: Final = {
    "finished reviews": "their number only grows; check one with `compliance verify REVIEW`",
    "deliveries by Event Grid": "they cannot be queried; the outbox and unannounced outcomes show what it accepts",
    _POLICY_FILE: "only the one named in the settings here was checked",
}


class Health(IntEnum):
    """Exit codes for monitoring, listed in `compliance doctor --help`."""

    WELL = 0
    FINDINGS = 1
    UNKNOWN = 2


class Unseen(JsonOutput):
    """Something that was not examined, and why."""

    what: str
    why: str


class Report(JsonOutput):
    """The state of a running system."""

    at: datetime
    healthy: bool
    findings: tuple[Trouble, ...]
    notes: tuple[Note, ...]
    could_not_look_at: tuple[Unseen, ...]
    not_looked_at: tuple[Unseen, ...]

    @property
    def health(self) -> Health:
        """The exit code."""
        if self.findings:
            return Health.FINDINGS
        return Health.UNKNOWN if self.could_not_look_at else Health.WELL


async def examine(
    session: Session,
    patience: timedelta,
    skip: Collection[str],
    durable_api: str | None,
    copies: Copies,
    *,
    quiet: bool,
) -> Report:
    """Examine a running system; what has been under way for less than `patience` is not stuck. Raises CommandError."""
    if unknown := set(skip) - skippable_names():
        text = f"nothing is called {', '.join(sorted(unknown))}; --skip accepts {', '.join(sorted(skippable_names()))}"
        raise CommandError(text, ExitCode.USAGE)
    try:
        orchestrations = Orchestrations(durable_api) if durable_api else None
    except ValueError as wrong:
        raise CommandError(str(wrong), ExitCode.USAGE) from wrong
    async with AsyncExitStack() as closing:
        api = await closing.enter_async_context(orchestrations) if orchestrations else None
        examined = closing.enter_context(_progress(quiet=quiet))
        observer = Observer(session, Probe(session.clients), api, skip, examined)
        seen = await observer.observe(copies)
    left_out = dict(_BY_DESIGN)
    if copies is Copies.NONE:
        left_out[COPIES] = "their number only grows; compare all with --published, their bytes with --hash"
    if session.policy_file is None:
        left_out[_POLICY_FILE] = "there is no policy file here"
    if session.settings.topic_subscriptions is None:
        left_out[SUBSCRIPTIONS_OF_TOPIC] = "EventGridTopic__subscriptionsUri is not set"
    if durable_api is None:
        left_out["orchestrations"] = "COMPLIANCE_DURABLE_API is not set; only the ledger was examined"
    left_out |= dict.fromkeys(skip, "left out with --skip")
    left_out |= {
        queue: f"only the first {waiting.messages:,} messages"
        for queue, waiting in seen.queues.items()
        if not waiting.is_all
    }
    return _report(seen, find_troubles(seen, patience), left_out)


@contextmanager
def _progress(*, quiet: bool) -> Iterator[Callable[[str], None]]:
    """Show how many of each kind were examined, while it lasts."""
    text = TextColumn("Examined {task.completed:,} {task.description}")
    with Progress(text, console=err(), transient=True, disable=quiet or not err().is_terminal) as bar:
        tasks: dict[str, TaskID] = {}

        def examined(what: str) -> None:
            if what not in tasks:
                tasks[what] = bar.add_task(what, total=None)
            bar.advance(tasks[what])

        yield examined


def _report(seen: Observations, found: list[Trouble], left_out: dict[str, str]) -> Report:
    could_not = tuple(Unseen(what=what, why=why) for what, why in sorted(seen.unseen.items()))
    by_design = tuple(Unseen(what=what, why=why) for what, why in left_out.items())
    healthy = not found and not could_not
    return Report(
        at=seen.now,
        healthy=healthy,
        findings=tuple(found),
        notes=tuple(notes(seen)),
        could_not_look_at=could_not,
        not_looked_at=by_design,
    )


def print_report(report: Report) -> None:
    """Print a report for people."""
    if report.findings:
        print_findings(report.findings)
    elif report.healthy:
        print_line("Nothing is stuck.")
    for note in report.notes:
        say(f"Note: {note.where}: {note.text}")
    for heading, unseen in (("Could not examine", report.could_not_look_at), ("Not examined", report.not_looked_at)):
        for each in unseen:
            say(f"{heading}: {each.what} ({each.why})")


def print_findings(findings: Sequence[Trouble]) -> None:
    """Print findings, and what to do about each kind of them; in a pipe each finding is one line that says both."""
    if not sys.stdout.isatty():
        print_table((), ((each.kind, each.where, moment(each.since), each.cause, each.remedy) for each in findings))
        return
    rows = ((each.kind, _shorten(each.where), moment(each.since), _shorten(each.cause)) for each in findings)
    print_table(("Trouble", "Where", "Since", "Why"), rows)
    print_line("")
    print_table(("Trouble", "What to do"), {each.kind: each.remedy for each in findings}.items())


def _shorten(text: str) -> str:
    return _REVIEW.sub(lambda found: short_id(found[0]), text)
