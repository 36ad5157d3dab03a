"""What a field's form means: errors say it in words, never by a regular expression."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import TypeAdapter

from contracts.messages.commands import Command, parse_command
from contracts.messages.decisions import Message
from contracts.messages.fields import MEANING
from contracts.messages.strict_json import MalformedMessageError
from contracts.messages.submissions import DocumentSubmittedV1


def patterns(schema: object) -> Iterator[str]:
    if isinstance(schema, dict):
        if isinstance(pattern := schema.get("pattern"), str):
            yield pattern
        for each in schema.values():
            yield from patterns(each)
    elif isinstance(schema, list):
        for each in schema:
            yield from patterns(each)


@pytest.mark.parametrize("message", [Command, Message, DocumentSubmittedV1])
def test_every_form_has_a_meaning_in_words(message: Any):
    found = set(patterns(TypeAdapter(message).json_schema()))
    assert found
    assert found <= MEANING.keys()


def test_a_wrong_account_is_refused_in_words():
    with pytest.raises(MalformedMessageError, match="tenantId: must be a GUID in lower case, such as 3f0b6d1e-4f6a-"):
        parse_command(b'{"type": "BindPersonV1", "person": "ana", "tenantId": "contoso", "by": "olga"}')
