"""The table of all calls of the API, from which routes and the OpenAPI document are made."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

from web.api.document import get_document, get_evidence, refuse_document
from web.api.json_answers import refuse
from web.api.models import (
    AnswerJson,
    ApiModel,
    DecisionRequest,
    DelegationRequest,
    FullReview,
    Me,
    RequestModel,
    ReviewList,
    Sent,
    Submitted,
    WithdrawalRequest,
)
from web.api.posting import get_answer, post_decision, post_delegation, post_submission, post_withdrawal
from web.api.reading import LISTS, get_me, get_review, get_reviews
from web.guard import Handler, Refuse

FORM: Final = "multipart/form-data"
ZIP: Final = "application/zip"
BYTES: Final = "application/octet-stream"
OK, ACCEPTED, PARTIAL = HTTPStatus.OK, HTTPStatus.ACCEPTED, HTTPStatus.PARTIAL_CONTENT


@dataclass(frozen=True, slots=True)
class Call:
    """A call: its method and path under /api/v1, what it does, what it takes and answers."""

    method: str
    path: str
    does: str
    handle: Handler
    answers: dict[HTTPStatus, type[ApiModel] | str]  # a model, or another media type
    takes: type[RequestModel] | str | None = None
    query: tuple[tuple[str, str], ...] = ()  # names of parameters, and what they mean
    headers: tuple[tuple[str, str], ...] = ()
    refuse: Refuse = refuse


_CURSOR: Final = ("cursor", "Continues a list: the one in its last page.")
_WAIT: Final = ("Prefer", "`wait=5` waits up to five seconds for the answer.")
_REVIEWS: Final = (
    ("list", f"One of {', '.join(LISTS)}; the last two are for auditors. If absent: {LISTS[0]}."),
    _CURSOR,
    ("since", "For `finished`: those that ended at this time or later."),
    ("until", "For `finished`: those that ended before this time."),
    ("class", "For `unfinished` and `finished`: those of this document class."),
    ("submitter", "For `unfinished` and `finished`: those of this submitter."),
    ("outcome", "For `finished`: those with this outcome."),
    ("name", "For `unfinished` and `finished`: those whose document's name contains this."),
)

CALLS: Final = (
    Call("GET", "/me", "Say who has signed in.", get_me, {OK: Me}),
    Call("GET", "/reviews", "List reviews.", get_reviews, {OK: ReviewList}, query=_REVIEWS),
    Call("GET", "/reviews/{review_id}", "Show a review, and what you may do with it.", get_review, {OK: FullReview}),
    Call(
        "GET",
        "/reviews/{review_id}/document",
        "Fetch the bytes under review: parts of at most 4 MiB, or all of at most 16 MiB. It is written down who does.",
        get_document,
        {OK: BYTES, PARTIAL: BYTES},
        query=(("download", "Have browsers keep it instead of showing it."),),
        headers=(
            ("Range", "One range of bytes; the answer may end earlier."),
            ("If-Range", "The ETag of the parts that you have; with another one you get the whole."),
            ("If-Match", "The SHA-256 in quotation marks."),
        ),
        refuse=refuse_document,
    ),
    Call(
        "POST",
        "/reviews/{review_id}/decisions",
        "Decide on the bytes that you have seen.",
        post_decision,
        {OK: AnswerJson, ACCEPTED: Sent},
        DecisionRequest,
        headers=(_WAIT,),
    ),
    Call(
        "GET",
        "/reviews/{review_id}/decisions/{decision_id}",
        "Ask for the answer to what you have sent.",
        get_answer,
        {OK: AnswerJson},
        headers=(_WAIT,),
    ),
    Call(
        "POST",
        "/reviews/{review_id}/withdrawal",
        "Take your document back before it is decided.",
        post_withdrawal,
        {OK: AnswerJson, ACCEPTED: Sent},
        WithdrawalRequest,
        headers=(_WAIT,),
    ),
    Call(
        "GET",
        "/reviews/{review_id}/evidence",
        "Fetch the evidence of a review, without its document and completion event; for auditors.",
        get_evidence,
        {OK: ZIP},
    ),
    Call(
        "POST",
        "/submissions",
        "Hand in a document of at most 16 MiB: the file, and perhaps a name and a documentClass.",
        post_submission,
        {ACCEPTED: Submitted},
        FORM,
    ),
    Call(
        "POST",
        "/delegations",
        "Have somebody else decide in your place for a time.",
        post_delegation,
        {ACCEPTED: Sent},
        DelegationRequest,
    ),
)
