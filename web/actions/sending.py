"""Sending messages for somebody who has signed in, with attestations."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any, TypeVar

from compliance.outcome import Answer
from compliance.refusal import Refusal
from contracts.messages.decisions import AboutReview, DelegationV1
from contracts.messages.parsing import validate_message
from contracts.messages.strict_json import MalformedMessageError
from contracts.models import InboundModel
from contracts.names import REVIEW_DECISIONS
from web.door import Door
from web.problems import ProblemError, conflict, not_allowed
from web.views.one_review import Seen
from web.visitors import Visitor

M = TypeVar("M", bound=InboundModel)
_TOO_LATE = (Answer.LATE, Answer.STAGE_NOT_OPEN, Answer.WRONG_VERSION)


def message_of(model: type[M], fields: dict[str, Any]) -> M:
    """Return a message with these fields. Raises ProblemError with what is wrong and where."""
    try:
        return validate_message(model, {name: value for name, value in fields.items() if value is not None})
    except MalformedMessageError as malformed:
        raise invalid(str(malformed)) from malformed


def invalid(detail: str) -> ProblemError:
    """Return the answer to a request whose fields are wrong."""
    return ProblemError(HTTPStatus.UNPROCESSABLE_ENTITY, "invalid", detail)


def refused(refusal: Refusal) -> ProblemError:
    """Return the answer to somebody whose message would be refused, so that it is not sent."""
    if refusal.answer in _TOO_LATE:
        return conflict(refusal.answer.replace("_", "-"), refusal.text)
    return not_allowed(refusal.text)


async def send_about(door: Door, visitor: Visitor, seen: Seen, message: AboutReview, message_id: str) -> None:
    """Send a message about a review's document, attested. Raises ProblemError, SigningKeyError, KeySetError."""
    sha256 = seen.head.document.sha256
    if sha256 is None:
        raise conflict("not-inspected", "the document is not inspected yet; try again in a moment")
    at = int(door.now().timestamp())
    sign_in = visitor.principal.sign_in
    proof = await door.attestor().attest(message, sha256, sign_in, seen.head.policy, at)
    await _send(door, message, proof, message_id)


async def send_delegation(door: Door, visitor: Visitor, delegation: DelegationV1, message_id: str) -> None:
    """Send a delegation, attested. Raises SigningKeyError, KeySetError."""
    at = int(door.now().timestamp())
    proof = await door.attestor().attest_delegation(delegation, visitor.principal.sign_in, at)
    await _send(door, delegation, proof, message_id)


async def _send(door: Door, message: InboundModel, proof: str, message_id: str) -> None:
    body = message.model_dump(mode="json", by_alias=True, exclude_none=True) | {"proof": proof}
    await door.messages.send(REVIEW_DECISIONS, body, message_id=message_id)
