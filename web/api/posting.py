"""The calls by POST: each is sent on as a message, or uploads a document."""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import Final, TypeVar

from starlette.requests import Request
from starlette.responses import Response

from adapters.ledger.answers import GivenAnswer
from contracts.messages.parsing import validate_message
from contracts.messages.strict_json import MalformedMessageError, parse_object
from web.actions.deciding import Decided, decide, vote_of
from web.actions.delegating import delegate
from web.actions.sending import invalid
from web.actions.submitting import submit
from web.actions.withdrawing import withdraw
from web.api.json_answers import json_answer
from web.api.models import (
    AnswerJson,
    DecisionRequest,
    DelegationRequest,
    RequestModel,
    Sent,
    Submitted,
    WithdrawalRequest,
)
from web.api.reviews_json import review_url
from web.door import Door
from web.problems import ProblemError
from web.requests import body_of
from web.uploads import upload_of
from web.views.answers import answer_to
from web.views.one_review import review_for
from web.visitors import Visitor

_MOST_JSON: Final = 64 * 1024
_WAIT: Final = re.compile(r"(?:^|[,;]\s*)wait=([0-9]{1,3})(?:$|\s*[,;])")
M = TypeVar("M", bound=RequestModel)


async def post_decision(door: Door, visitor: Visitor, request: Request) -> Response:
    """Send a decision."""
    seen = await review_for(door, visitor, request.path_params["review_id"])
    sent = await _read(request, DecisionRequest)
    decided = Decided(
        sent.decision_id, vote_of(sent.decision), sent.document_sha256, sent.comment, sent.statement_sha256
    )
    await decide(door, visitor, seen, decided)
    return await _sent(door, visitor, request, seen.head.review_id, sent.decision_id)


async def post_withdrawal(door: Door, visitor: Visitor, request: Request) -> Response:
    """Send a withdrawal."""
    seen = await review_for(door, visitor, request.path_params["review_id"])
    sent = await _read(request, WithdrawalRequest)
    answer_id = await withdraw(door, visitor, seen, sent.withdrawal_id, sent.reason)
    return await _sent(door, visitor, request, seen.head.review_id, answer_id)


async def post_delegation(door: Door, visitor: Visitor, request: Request) -> Response:
    """Send a delegation."""
    sent = await _read(request, DelegationRequest)
    await delegate(door, visitor, sent.to, sent.starts, sent.until)
    return json_answer(Sent(answer=None), HTTPStatus.ACCEPTED)


async def post_submission(door: Door, visitor: Visitor, request: Request) -> Response:
    """Take a document in."""
    upload = (await upload_of(request)).upload
    review_id = await submit(door, visitor, upload)
    headers = {"Location": review_url(review_id), "Retry-After": "2"}
    return json_answer(Submitted(review_id=review_id, review=review_url(review_id)), HTTPStatus.ACCEPTED, headers)


async def get_answer(door: Door, visitor: Visitor, request: Request) -> Response:
    """Return the answer to a decision or withdrawal."""
    review_id, answer_id = request.path_params["review_id"], request.path_params["decision_id"]
    await review_for(door, visitor, review_id)
    given = await answer_to(door, visitor, review_id, answer_id, _wait(request))
    if given is None:
        text = "you have sent nothing under this id, or it is not answered yet"
        raise ProblemError(HTTPStatus.NOT_FOUND, "no-answer", text, {"Retry-After": "1"})
    return json_answer(_answer(given))


async def _sent(door: Door, visitor: Visitor, request: Request, review_id: str, answer_id: str) -> Response:
    """Return the address of the answer to come, or the answer if it comes while the sender waits."""
    url = f"{review_url(review_id)}/decisions/{answer_id}"
    wait = _wait(request)
    given = await answer_to(door, visitor, review_id, answer_id, wait) if wait else None
    if given:
        headers = {"Location": url, "Preference-Applied": f"wait={int(wait)}"}
        return json_answer(_answer(given), HTTPStatus.OK, headers)
    return json_answer(Sent(answer=url), HTTPStatus.ACCEPTED, {"Location": url, "Retry-After": "1"})


def _answer(given: GivenAnswer) -> AnswerJson:
    return AnswerJson(
        answer=given.answer,
        refused=given.refused,
        explanation=given.explanation,
        review_state=given.review_state,
        verdict=given.verdict,
        at=given.at,
    )


async def _read(request: Request, model: type[M]) -> M:
    """Read the JSON of a request. Raises ProblemError with what is wrong and where."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        raise ProblemError(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "unsupported", "send JSON (application/json)")
    try:
        return validate_message(model, parse_object(await body_of(request, _MOST_JSON)))
    except MalformedMessageError as malformed:
        raise invalid(str(malformed)) from malformed


def _wait(request: Request) -> float:
    """Return how many seconds the sender would wait: RFC 7240."""
    found = _WAIT.search(request.headers.get("prefer", ""))
    return float(found[1]) if found else 0.0
