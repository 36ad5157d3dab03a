"""What messages that others send us have in common."""

from __future__ import annotations

from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic.alias_generators import to_camel
from pydantic_core import ErrorDetails

from contracts.fields import MEANING
from contracts.strict_json import MalformedMessageError


class InboundModel(BaseModel):
    """Exact values, camelCase on the wire, unknown keys ignored; required fields never default."""

    model_config = ConfigDict(
        alias_generator=to_camel, populate_by_name=False, frozen=True, strict=True, extra="ignore"
    )


M = TypeVar("M", bound=InboundModel)


def validated(model: type[M], said: dict[str, Any]) -> M:
    """A message as its contract. Raises MalformedMessageError with what is wrong and where."""
    try:
        return model.model_validate(said)
    except ValidationError as error:
        wrong = "; ".join(
            f"{'.'.join(str(part) for part in found['loc'])}: {_complaint(found)}"
            for found in error.errors(include_input=False, include_url=False)
        )
        raise MalformedMessageError(wrong) from None


def _complaint(found: ErrorDetails) -> str:
    pattern = found.get("ctx", {}).get("pattern")
    return MEANING[pattern] if pattern in MEANING else found["msg"].removeprefix("Value error, ")


def shown(value: object) -> str:
    """The beginning of what was sent, for a complaint about it."""
    return repr(str(value)[:80])
