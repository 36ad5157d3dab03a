"""The API's JSON: reviews as somebody may see them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints
from pydantic.alias_generators import to_camel

from compliance.content import ContentFinding
from compliance.outcome import Answer, Outcome, ReviewState, Verdict, Vote
from contracts.messages.fields import Comment, Moment, Person, Sha256
from contracts.models import InboundModel

ChosenId = Annotated[
    str, StringConstraints(pattern=r"^[A-Za-z0-9_~-][A-Za-z0-9._~-]{0,127}$")
]  # as it is in an address


class ApiModel(BaseModel):
    """An object of the API. Its keys are in camelCase and always there; an unknown value is null."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, frozen=True)


class ProblemJson(ApiModel):
    """A problem as RFC 9457 writes it, sent as application/problem+json."""

    type: str = Field(description="What kind of problem it is, for programs: urn:compliance:problem:KIND.")
    title: str
    status: int
    detail: str = Field(description="What was wrong and what to do, for people.")


class DocumentJson(ApiModel):
    """The document version under review."""

    name: str
    sha256: str | None = Field(description="Null until it is inspected.")
    length: int | None = Field(description="Bytes.")


class ListedReview(ApiModel):
    """A review in a list."""

    review_id: str
    document: DocumentJson
    document_class: str
    state: ReviewState
    verdict: Verdict | None
    outcome: Outcome | None
    reason: str | None
    submitter: str | None
    requested_at: datetime | None
    deadline: datetime | None
    overdue: bool
    closed_at: datetime | None
    stage: str
    approvals_given: int = Field(description="In its stage.")
    approvals_needed: int
    place_of: str | None = Field(default=None, description="For whom you stand in; null if the place is your own.")
    url: str


class ReviewList(ApiModel):
    """A page of a list."""

    reviews: tuple[ListedReview, ...]
    cursor: str | None = Field(description="Continues the list, which may go on after an empty page; null at its end.")
    reached: datetime | None = Field(
        default=None,
        description="If a search stopped early: how far it came, as the time when its last review ended or is due.",
    )


class FindingJson(ApiModel):
    """A finding of the document's inspection."""

    kind: ContentFinding
    detail: str


class DecisionJson(ApiModel):
    """A decision that counts."""

    decision: Vote
    reviewer: str
    on_behalf_of: str | None
    at: datetime
    comment: str | None


class StageJson(ApiModel):
    """A stage of the review."""

    name: str
    reviewers: tuple[str, ...] = Field(description="Whom it names; empty if anyone with the role Reviewer may decide.")
    state: str = Field(description="over, open or later")


class EventJson(ApiModel):
    """Something that happened to the review."""

    at: datetime
    event: str
    who: str | None
    detail: str | None


class StatementJson(ApiModel):
    """The sentence that an approval means. Show it beside the button."""

    text: str
    sha256: str = Field(description="To be sent with an approval as statementSha256.")


class ReadJson(ApiModel):
    """Somebody has opened the document."""

    at: datetime
    person: str
    sha256: str


class LinksJson(ApiModel):
    """What you may do; null where you may not."""

    self: str
    document: str | None
    decisions: str | None
    withdrawal: str | None
    evidence: str | None


class FullReview(ListedReview):
    """A review with everything that you may know of it."""

    statement: StatementJson | None
    findings: tuple[FindingJson, ...]
    stages: tuple[StageJson, ...]
    waits_for: tuple[str, ...]
    decisions: tuple[DecisionJson, ...]
    timeline: tuple[EventJson, ...]
    why_not: str | None = Field(description="Why you may not decide; null if you may.")
    reads: tuple[ReadJson, ...] | None = Field(
        default=None, description="For auditors: who has opened the document first, 10,000 at most."
    )
    links: LinksJson


class RequestModel(InboundModel):
    """An object that is sent to the API: an unknown key is a mistake."""

    model_config = ConfigDict(extra="forbid")


class DecisionRequest(RequestModel):
    """A decision on the bytes that you have seen."""

    decision: Literal["approve", "reject", "request_changes"]
    document_sha256: Sha256 = Field(description="SHA-256 of the bytes that you have seen.")
    decision_id: ChosenId = Field(
        description="Chosen by you: the same decision sent again has the same id and counts once."
    )
    comment: Comment | None = Field(default=None, description="For people; needed to request changes.")
    statement_sha256: Sha256 | None = Field(
        default=None, description="Of the statement that was shown; needed for an approval if the review has one."
    )


class WithdrawalRequest(RequestModel):
    """Taking your document back."""

    withdrawal_id: ChosenId = Field(description="Chosen by you: the same withdrawal sent again has the same id.")
    reason: Comment


class DelegationRequest(RequestModel):
    """Having somebody else decide in your place."""

    to: Person
    starts: Moment = Field(alias="from", description="ISO 8601 with a time zone.")
    until: Moment = Field(description="ISO 8601 with a time zone, at most 366 days after `from`.")


class Sent(ApiModel):
    """A message was sent; it is judged in a moment."""

    answer: str | None = Field(description="Address of its answer; null if it gets none.")


class AnswerJson(ApiModel):
    """The answer to what you have sent."""

    answer: Answer
    refused: bool
    explanation: str | None
    review_state: ReviewState | None = Field(description="After it.")
    verdict: Verdict | None
    at: datetime


class Submitted(ApiModel):
    """A document was taken; its review is opened in a moment."""

    review_id: str
    review: str = Field(description="Address of the review.")


class Me(ApiModel):
    """Who has signed in."""

    name: str = Field(description="As policies use names.")
    shown_name: str
    other_names: tuple[str, ...]
    tenant_id: str
    object_id: str
    roles: tuple[str, ...]
    stands_in_for: tuple[str, ...]
    sign_in_ends: datetime
