"""That a review was started again from the ledger is in its history, however often it was tried."""

from __future__ import annotations

from dataclasses import replace

import pytest

from compliance.history import AuditEvent
from compliance.outcome import ReviewState
from compliance.review import Head
from compliance.transitions import close, expire, restart
from tests.builders import DEADLINE, open_review, uninspected_review


@pytest.mark.parametrize(
    "head", [uninspected_review(last_audit=1), open_review(), expire(open_review(), DEADLINE).head]
)
def test_a_restart_changes_nothing_but_the_history(head: Head) -> None:
    done = restart(head)
    assert done.audit
    assert done.audit.event is AuditEvent.REVIEW_RESTARTED
    assert done.head == replace(head, last_audit=head.last_audit + 1, last_restart=head.last_audit + 1)


def test_restarts_in_a_row_are_one_record() -> None:
    once = restart(open_review()).head
    assert not restart(once).writes
    with pytest.raises(ValueError, match="writes nothing"):
        _ = restart(once).record
    assert restart(once).head == once


def test_a_restart_after_something_has_happened_is_another_record() -> None:
    decided = expire(restart(open_review()).head, DEADLINE).head
    assert restart(decided).writes


def test_a_closed_review_is_not_restarted() -> None:
    closed = close(expire(open_review(), DEADLINE).head, DEADLINE, "archived/x").head
    assert closed.state is ReviewState.CLOSED
    assert not restart(closed).writes
