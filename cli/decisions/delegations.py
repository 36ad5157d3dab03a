"""Delegations as lines and as JSON."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from rich.text import Text

from cli.columns import LONGEST_NAME, NARROW, Cell, row_lines, shorten
from cli.csv_output import csv_text
from cli.json_output import JsonOutput
from cli.local_time import LocalTime, utc
from compliance.people.delegation import Delegation
from compliance.people.identity import same_person
from compliance.people.levels import Level


class DelegationJson(JsonOutput):
    """A delegation: the last one of two people."""

    by: str
    to: str
    starts: datetime
    ends: datetime
    level: Level  # how it was proved who gave it; a policy may demand one


def of_person(delegations: Iterable[Delegation], person: str | None, now: datetime) -> list[Delegation]:
    """Return the delegations that are not over, by and to this person or of all, in the order of their beginning."""
    found = [
        each
        for each in delegations
        if each.ends >= now and (person is None or same_person(each.by, person) or same_person(each.to, person))
    ]
    return sorted(found, key=lambda each: (each.starts, each.by, each.to))


def delegation_lines(delegations: Iterable[Delegation], time: LocalTime, width: int | None) -> Iterator[Text]:
    """Yield a line for each delegation."""
    rows = (_row(each, time, width) for each in delegations)
    yield from row_lines(("Away", "Decides", "From", "Until", "State"), rows, width)


def delegation_csv(delegations: Iterable[Delegation]) -> str:
    """Return delegations as comma-separated values."""
    rows = ((each.by, each.to, utc(each.starts), utc(each.ends), each.level) for each in delegations)
    return csv_text(("by", "to", "starts", "ends", "level"), rows)


def delegation_json(delegation: Delegation) -> DelegationJson:
    """Return what `--json` prints of one."""
    return DelegationJson(
        by=delegation.by,
        to=delegation.to,
        starts=delegation.starts,
        ends=delegation.ends,
        level=delegation.level,
    )


def _row(each: Delegation, time: LocalTime, width: int | None) -> tuple[Cell, ...]:
    state = "in force" if each.starts <= time.now else "to come"
    if each.level is not Level.NONE:
        state += f", proof: {each.level}"
    if width is None:
        return each.by, each.to, utc(each.starts), utc(each.ends), state
    by, to = Text(each.by), Text(each.to)
    if width < NARROW:
        by, to = shorten(by, LONGEST_NAME), shorten(to, LONGEST_NAME)
    return by, to, time.moment(each.starts), time.moment(each.ends), state
