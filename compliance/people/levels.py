"""Levels: how strongly a message's proof shows who sent it, and which level a document class demands for each act."""

from __future__ import annotations

from enum import StrEnum

from compliance.outcome import Vote


class Level(StrEnum):
    """The strength of a proof of identity, weakest first."""

    NONE = "none"  # the name is whatever the sender wrote
    SIGN_IN = "signIn"  # the front door saw the person sign in
    CODE = "code"  # and enter a one-time code
    OWN_KEY = "ownKey"  # the person signed the message with a key of their own

    def reaches(self, demanded: Level) -> bool:
        """Return whether this level is the demanded one or above."""
        order = list(Level)
        return order.index(self) >= order.index(demanded)


class Act(StrEnum):
    """What a message about a review does, as its proof calls it."""

    APPROVE = Vote.APPROVE
    REJECT = Vote.REJECT
    REQUEST_CHANGES = Vote.REQUEST_CHANGES
    WITHDRAW = "withdraw"
    RETRACT = "retract"


def demanded_level(of_class: Level, act: Act, of_submitters: Level = Level.NONE) -> Level:
    """Return the level that an act needs in a class of this level, which demands that other one of submitters.

    A code is asked for approvals only. A withdrawal publishes nothing, so a sign-in is enough for it; it needs one if
    the submission did.
    """
    if act is Act.WITHDRAW and of_submitters.reaches(Level.SIGN_IN):
        return Level.SIGN_IN
    is_lowered = act is Act.WITHDRAW or (of_class is Level.CODE and act is not Act.APPROVE)
    return Level.SIGN_IN if is_lowered and of_class.reaches(Level.SIGN_IN) else of_class
