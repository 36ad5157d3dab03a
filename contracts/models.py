"""The bases of all models here: messages received, messages sent, durable history, files that people write.

Texts below the fields of messages and of the policy file are the descriptions in the published JSON Schemas. Pydantic
builds a model when it is first used (`defer_build`): a process uses few of them, and a command runs for a second.
"""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel


class InboundModel(BaseModel):
    """A message that others send us: exact values, camelCase, unknown keys ignored; required fields never default."""

    model_config = ConfigDict(
        alias_generator=to_camel,
        populate_by_name=False,
        frozen=True,
        strict=True,
        extra="ignore",
        use_attribute_docstrings=True,
        defer_build=True,
    )


class OutboundModel(BaseModel):
    """A message or event that we send, in camelCase."""

    model_config = ConfigDict(
        alias_generator=to_camel, populate_by_name=True, frozen=True, use_attribute_docstrings=True, defer_build=True
    )

    def wire(self) -> dict[str, object]:
        """Return the JSON object that goes over the wire."""
        return self.model_dump(mode="json", by_alias=True, exclude_none=True)


class HistoryModel(BaseModel):
    """A value in durable history: ids, states and times; never content, comments or secrets."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, frozen=True, defer_build=True)

    def as_json(self) -> dict[str, Any]:
        """Return the JSON object that lies in history."""
        return self.model_dump(mode="json", by_alias=True)


class PolicyModel(BaseModel):
    """A part of the policy file: unknown keys are mistakes there, and `yes` is neither a number nor a text."""

    model_config = ConfigDict(
        alias_generator=to_camel, frozen=True, strict=True, extra="forbid", use_attribute_docstrings=True
    )
