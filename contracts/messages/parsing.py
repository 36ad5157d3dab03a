"""Validation that all messages from others have in common."""

from __future__ import annotations

from typing import Any, TypeVar

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from contracts.messages.fields import MEANING
from contracts.messages.strict_json import MalformedMessageError
from contracts.models import InboundModel

M = TypeVar("M", bound=InboundModel)


def validate_message(model: type[M], fields: dict[str, Any]) -> M:
    """Validate a message by its contract. Raises MalformedMessageError with what is wrong and where."""
    try:
        return model.model_validate(fields)
    except ValidationError as error:
        wrong = "; ".join(
            f"{'.'.join(str(part) for part in found['loc'])}: {_complaint(found)}"
            for found in error.errors(include_input=False, include_url=False)
        )
        raise MalformedMessageError(wrong) from None


def _complaint(found: ErrorDetails) -> str:
    pattern = found.get("ctx", {}).get("pattern")
    return MEANING[pattern] if pattern in MEANING else found["msg"].removeprefix("Value error, ")


def excerpt(value: object) -> str:
    """Return the first characters of a value that was sent, for an error text."""
    return repr(str(value)[:80])
