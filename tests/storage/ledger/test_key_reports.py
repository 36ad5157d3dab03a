"""What processes of the app report of the front door's keys, and what follows for signing with one."""

from __future__ import annotations

from datetime import timedelta

import pytest

from adapters.ledger import key_reports
from adapters.ledger.key_reports import GONE_AFTER, KeyReport, KeyReports, why_not_read
from tests.builders import REQUESTED_AT
from tests.front_door import keys_of, public_jwk
from tests.signing_keys import signer
from tests.storage.account import Account

OLD, NEW = public_jwk(), public_jwk(signer("door-2", "", "ES256"))


async def reported(known: KeyReports) -> set[frozenset[str]]:
    return {each.key_ids for each in await known.list_all()}


async def test_each_process_reports_what_it_has_read_and_nothing_twice(account: Account) -> None:
    first, second = KeyReports(account.ledger_table()), KeyReports(account.ledger_table())
    await first.report(keys_of(OLD))
    await second.report(keys_of(OLD, NEW))
    [before] = [each for each in await first.list_all() if each.key_ids == {"door-1"}]
    await first.report(keys_of(OLD))
    assert before in await first.list_all()  # not even written again
    await first.report(keys_of(OLD | {"revokedAt": "2026-01-01T00:00:00Z"}, NEW))

    assert await reported(first) >= {frozenset({"door-2"}), frozenset({"door-1", "door-2"})}
    assert before not in await first.list_all()


async def test_reports_of_processes_that_have_gone_are_deleted(
    account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone, here = KeyReports(account.ledger_table()), KeyReports(account.ledger_table())
    await gone.report(keys_of(OLD | {"kid": "door-gone"}))
    await here.report(keys_of(OLD | {"kid": "door-here"}))
    await here.forget_gone()
    assert await reported(here) >= {frozenset({"door-gone"}), frozenset({"door-here"})}
    monkeypatch.setattr(key_reports, "_KEPT", timedelta(0))
    await here.forget_gone()
    assert await reported(here) == {frozenset({"door-here"})}


def process(name: str, *key_ids: str, ago: timedelta = timedelta(0)) -> KeyReport:
    return KeyReport(name, frozenset(key_ids), REQUESTED_AT - ago)


@pytest.mark.parametrize(
    ("processes", "said"),
    [
        ([process("a", "door-2"), process("b", "door-1", "door-2")], None),
        ([process("a", "door-2"), process("b", "door-1", ago=2 * GONE_AFTER)], None),
        ([process("a", "door-2"), process("b", "door-1", ago=GONE_AFTER)], "1 of 2 processes of the app have not read"),
        ([process("a", "door-2", ago=2 * GONE_AFTER)], "no process of the app has reported in the last 15 minutes"),
        ([], "no process of the app has reported"),
    ],
)
def test_a_key_may_sign_if_every_process_that_works_has_read_it(processes: list[KeyReport], said: str | None) -> None:
    why = why_not_read("door-2", processes, REQUESTED_AT)
    assert (said in why) if said and why else why is said
