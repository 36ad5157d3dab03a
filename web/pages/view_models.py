"""What pages show: plain values, ready for the templates. Nothing here reads storage or handles HTTP."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from compliance.outcome import Vote


class Mood(StrEnum):
    """How something is meant. Each has a sign of its own beside its colour."""

    GOOD = "good"
    WARN = "warn"
    BAD = "bad"
    PLAIN = "plain"


class Viewer(StrEnum):
    """How a browser can show a document inside the page."""

    PDF = "pdf"
    PICTURE = "picture"
    TEXT = "text"


@dataclass(frozen=True, slots=True)
class Reader:
    """Who looks at the page: their name, and the one that policies use."""

    name: str
    user_name: str


@dataclass(frozen=True, slots=True)
class Notice:
    """What a page says first: an answer, or something that went wrong, and what to do."""

    mood: Mood
    title: str
    text: str = ""
    links: Sequence[tuple[str, str]] = ()  # where to go on, and what each is called
    looks_again: bool = False  # the answer has not come yet


@dataclass(frozen=True, slots=True)
class WaitingLine:
    """A review in the list of those that wait."""

    review_id: str
    name: str
    document_class: str
    submitter: str | None
    approvals: str
    due: datetime | None
    is_overdue: bool
    place_of: str | None = None
    tick: str | None = None  # what a tick sends; None while the person has not opened the document
    is_ticked: bool = False


@dataclass(frozen=True, slots=True)
class OwnLine:
    """A person's own document in their list."""

    review_id: str
    name: str
    document_class: str
    at: datetime
    mood: Mood
    state: str
    sentence: str
    due: datetime | None
    said_by: str | None = None  # who has rejected it or requested changes
    said: str | None = None
    next_version: str | None = None  # where to submit the next one; None while this one waits


@dataclass(frozen=True, slots=True)
class Result:
    """What has become of one of several decisions."""

    review_id: str
    name: str
    sent: str | None  # id of the decision; None if it was not sent
    notice: Notice


@dataclass(frozen=True, slots=True)
class SeveralForm:
    """The form with which somebody decides on all documents that they tick."""

    statements: Sequence[tuple[str, str]]  # of the classes that have one: class and statement
    fields: DecisionForm


@dataclass(frozen=True, slots=True)
class Entered:
    """What somebody has entered into a form that was not sent, and what was wrong with it."""

    vote: Vote | None = None
    comment: str = ""
    vote_error: str | None = None
    comment_error: str | None = None
    reason: str = ""  # of a withdrawal
    reason_error: str | None = None

    @property
    def errors(self) -> list[tuple[str, str]]:
        """What is wrong, each with the address of its field."""
        errors = (("#decision", self.vote_error), ("#comment", self.comment_error), ("#reason", self.reason_error))
        return [(field, error) for field, error in errors if error]


@dataclass(frozen=True, slots=True)
class DecisionForm:
    """The form with which somebody decides, and what they have entered so far."""

    token: str
    document_sha256: str
    place_of: str | None = None  # the person in whose place they decide; None for their own
    comment_to_reject: bool = True
    statement: str | None = None
    vote: Vote | None = None
    comment: str = ""
    vote_error: str | None = None
    comment_error: str | None = None


@dataclass(frozen=True, slots=True)
class Effect:
    """What an approval would do."""

    publishes_as: str
    replaces_since: datetime | None = None
    replaces: str | None = None  # the review whose document it would replace
    is_last: bool = True  # False if more approvals are needed after this one
    taken: bool = False  # another document has the place: an approval would end as failed


@dataclass(frozen=True, slots=True)
class PersonShown:
    """Somebody who is asked, or has decided."""

    name: str
    mood: Mood
    says: str  # such as `approved` or `has not decided yet`
    at: datetime | None = None
    comment: str | None = None
    place_of: str | None = None


@dataclass(frozen=True, slots=True)
class StageShown:
    """A step of the review."""

    name: str | None  # None if it is the only one
    state: str
    needs: str
    people: Sequence[PersonShown]


@dataclass(frozen=True, slots=True)
class EventShown:
    """Something that has happened."""

    at: datetime
    text: str
    comment: str | None = None


@dataclass(frozen=True, slots=True)
class EarlierShown:
    """An earlier review of the same case."""

    review_id: str
    mood: Mood
    state: str
    at: datetime | None
    asked_by: str | None = None
    asked_for: str | None = None


@dataclass(frozen=True, slots=True)
class Mark:
    """A sign on the strip of time: where it is, in percent of its length, and what it stands for."""

    at: float
    sign: str
    mood: Mood


@dataclass(frozen=True, slots=True)
class Strip:
    """The time of a review as a picture."""

    starts: datetime
    ends: datetime
    ends_with: str  # `due` or `ended`
    now: float | None  # in percent; None if the review has ended
    marks: Sequence[Mark]
    in_words: str


@dataclass(frozen=True, slots=True)
class ReviewShown:
    """A review with all that a page says of it."""

    review_id: str
    name: str
    document_class: str
    submitter: str | None
    submitted_at: datetime | None
    length: int | None
    document_sha256: str | None
    viewer: Viewer | None
    is_readable: bool  # the document is still where this review saw it
    mood: Mood
    state: str
    sentence: str
    due: datetime | None
    ended_at: datetime | None
    is_overdue: bool
    form: DecisionForm | None = None
    why_not: str | None = None  # why this person cannot decide
    effect: Effect | None = None
    may_withdraw: str | None = None  # token of the form; None if they may not
    findings: Sequence[tuple[str, str]] = ()
    stages: Sequence[StageShown] = ()
    events: Sequence[EventShown] = ()
    strip: Strip | None = None
    earlier: Sequence[EarlierShown] = ()
    same_bytes: Sequence[str] = ()
    rules: Sequence[tuple[str, str]] = ()
