"""What a process remembers is bounded, and what was used last stays longest."""

from __future__ import annotations

from adapters.ledger.recent import Recent


def test_the_latest_value_is_found_until_it_is_forgotten() -> None:
    recent = Recent[int](2)
    recent.keep("a", 1)
    recent.keep("a", 2)
    assert recent.find("a") == 2

    recent.forget("a")
    recent.forget("a")

    assert recent.find("a") is None


def test_what_was_used_longest_ago_makes_room() -> None:
    recent = Recent[int](2)
    recent.keep("a", 1)
    recent.keep("b", 2)
    recent.find("a")

    recent.keep("c", 3)

    assert [recent.find(key) for key in "abc"] == [1, None, 3]


def test_a_value_that_is_kept_again_counts_as_used() -> None:
    recent = Recent[int](2)
    recent.keep("a", 1)
    recent.keep("b", 2)
    recent.keep("a", 1)

    recent.keep("c", 3)

    assert [recent.find(key) for key in "abc"] == [1, None, 3]
