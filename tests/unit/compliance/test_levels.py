"""What each document class demands of each act, as a table."""

from __future__ import annotations

import pytest

from compliance.people.levels import Act, Level, demanded_level

NONE, SIGN_IN, CODE, OWN_KEY = Level
TABLE = {
    #         approve  reject   changes  withdraw retract
    NONE: (NONE, NONE, NONE, NONE, NONE),
    SIGN_IN: (SIGN_IN, SIGN_IN, SIGN_IN, SIGN_IN, SIGN_IN),
    CODE: (CODE, SIGN_IN, SIGN_IN, SIGN_IN, SIGN_IN),
    OWN_KEY: (OWN_KEY, OWN_KEY, OWN_KEY, SIGN_IN, OWN_KEY),
}


@pytest.mark.parametrize("of_class", Level)
def test_each_act_needs_the_level_of_the_table(of_class: Level) -> None:
    assert tuple(demanded_level(of_class, act) for act in Act) == TABLE[of_class]


def test_a_withdrawal_needs_a_sign_in_where_the_submission_did() -> None:
    for of_class in Level:
        demanded = {act: demanded_level(of_class, act, SIGN_IN) for act in Act}
        assert demanded == dict(zip(Act, TABLE[of_class], strict=True)) | {Act.WITHDRAW: SIGN_IN}


def test_each_level_reaches_itself_and_those_below() -> None:
    reached = {(one, other) for one in Level for other in Level if one.reaches(other)}
    assert reached == {(one, other) for at, one in enumerate(Level) for other in list(Level)[: at + 1]}
