"""What the ledger keeps comes back as it was, although storage has no column for None."""

from __future__ import annotations

from dataclasses import MISSING, fields
from types import NoneType
from typing import get_args, get_type_hints

import pytest

from adapters.ledger.rows import OutboxEvent
from compliance.review import AuditRecord, Decision, Head


@pytest.mark.parametrize("kind", [Head, Decision, AuditRecord, OutboxEvent])
def test_what_may_be_none_may_be_missing_from_its_row(kind: type) -> None:
    hints = get_type_hints(kind)
    optional = [each for each in fields(kind) if NoneType in get_args(hints[each.name])]
    assert optional
    assert [each.name for each in optional if each.default is MISSING] == []
