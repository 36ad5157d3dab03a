"""The rules of a queue, on clocks that only the test moves."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from devhost.service_bus.amqp.decode import decode
from devhost.service_bus.errors import MessageLockLostError, MessageNotFoundError, NotAllowedError
from devhost.service_bus.queues.duplicates import DuplicateHistory
from devhost.service_bus.queues.entities import CorrelationFilter, QueueRules
from devhost.service_bus.queues.journal import DeleteMessage, Journal, PutMessage, UseNumber
from devhost.service_bus.queues.message import Message
from devhost.service_bus.queues.message_content import MessageContent
from devhost.service_bus.queues.queue_core import QueueCore
from devhost.service_bus.queues.settlements import Settlement
from devhost.service_bus.queues.topic_core import FilteredQueue, TopicCore

QUEUE, DEAD_LETTERS, TOPIC = 1, 2, 3


@dataclass
class Moments:
    """Host and real time, set by hand."""

    host_time: float = 1000.0
    real_time: float = 1000.0

    def host(self) -> float:
        return self.host_time

    def real(self) -> float:
        return self.real_time


class Bench:
    """A queue with its dead-letter queue."""

    def __init__(self, rules: QueueRules | None = None, duplicate_window: float | None = None) -> None:
        self.times = Moments()
        self.journal = Journal()
        rules = rules or QueueRules(lock_duration=30, max_delivery_count=3)
        self.dead_letters = QueueCore(DEAD_LETTERS, rules, self.times, self.journal)
        duplicates = DuplicateHistory(QUEUE, duplicate_window, self.journal, {}) if duplicate_window else None
        self.queue = QueueCore(
            QUEUE, rules, self.times, self.journal, dead_letters=self.dead_letters, duplicates=duplicates
        )

    def lock(self) -> Message:
        message = self.queue.lock_next()
        assert message is not None
        return message

    def token(self) -> bytes:
        token = self.lock().lock_token
        assert token is not None
        return token


def text(name: str) -> MessageContent:
    return MessageContent(message_id=name)


def names(messages: list[Message]) -> list[str | None]:
    return [message.content.message_id for message in messages]


def properties(message: Message | None) -> dict[str, object]:
    assert message is not None
    return decode(message.content.application_properties, 3)[0]


def test_messages_leave_in_the_order_of_their_numbers_and_return_to_their_place() -> None:
    bench = Bench()
    bench.queue.publish([text("a"), text("b"), text("c")])

    first = bench.token()
    bench.token()
    bench.queue.abandon(first)

    assert bench.lock().content.message_id == "a"
    assert bench.lock().content.message_id == "c"
    assert bench.queue.lock_next() is None


def test_abandoning_counts_and_releasing_does_not() -> None:
    bench = Bench()
    bench.queue.publish([text("a")])

    bench.queue.release(bench.token())
    after_release = bench.lock()
    assert after_release.delivery_count == 0
    bench.queue.abandon(after_release.lock_token or b"", {"tried": "once"})
    after_abandon = bench.lock()

    assert after_abandon.delivery_count == 1
    assert properties(after_abandon) == {"tried": "once"}


def test_the_last_allowed_delivery_moves_the_message_to_the_dead_letters_in_one_piece() -> None:
    bench = Bench()
    bench.queue.publish([text("a")])
    for _ in range(2):
        bench.queue.abandon(bench.token())
    bench.journal.take_writes()

    bench.times.real_time += 31
    last = bench.token()
    bench.times.real_time += 31
    bench.queue.expire_locks()

    with pytest.raises(MessageLockLostError):
        bench.queue.complete(last)
    assert [type(write) for write in bench.journal.writes] == [DeleteMessage, PutMessage]
    dead = bench.dead_letters.lock_next()
    assert properties(dead) == {
        "DeadLetterReason": "MaxDeliveryCountExceeded",
        "DeadLetterErrorDescription": "Message could not be consumed after 3 delivery attempts.",
    }
    assert bench.queue.peek(1, 10) == []


def test_a_renewed_lock_holds_for_the_whole_duration_again() -> None:
    bench = Bench()
    bench.queue.publish([text("a")])
    token = bench.token()

    bench.times.real_time += 29
    assert bench.queue.renew(token) == bench.times.real_time + 30
    bench.times.real_time += 29
    bench.queue.expire_locks()
    bench.queue.complete(token)

    assert bench.queue.next_lock_end() is None


def test_host_time_ahead_does_not_end_locks() -> None:
    bench = Bench()
    bench.queue.publish([text("a")])
    token = bench.token()

    bench.times.host_time += 1_000_000
    bench.queue.run_due()
    bench.queue.expire_locks()

    bench.queue.complete(token)
    assert bench.queue.peek(1, 10) == []


def test_the_shorter_time_to_live_counts() -> None:
    bench = Bench(QueueRules(default_ttl=100))
    bench.queue.publish([text("default"), text("own")._replace(ttl=10), text("longer")._replace(ttl=1000)])

    bench.times.host_time += 10
    bench.queue.run_due()
    assert names(bench.queue.peek(1, 10)) == ["default", "longer"]
    assert bench.queue.next_due() == 1100
    bench.times.host_time += 90
    bench.queue.run_due()

    assert bench.queue.active_count() == 0
    assert bench.dead_letters.active_count() == 0


def test_an_expired_message_is_not_delivered_even_before_the_alarm_rings() -> None:
    bench = Bench(QueueRules(default_ttl=100, dead_letter_on_expiration=True))
    bench.queue.publish([text("late"), text("later")])

    bench.times.host_time += 100

    assert bench.queue.lock_next() is None
    assert properties(bench.dead_letters.lock_next())["DeadLetterReason"] == "TTLExpiredException"


def test_a_locked_message_expires_when_it_is_given_back_and_not_before() -> None:
    bench = Bench(QueueRules(default_ttl=100, dead_letter_on_expiration=True))
    bench.queue.publish([text("a"), text("b")])
    completed, abandoned = bench.token(), bench.token()

    bench.times.host_time += 200
    bench.queue.run_due()
    bench.queue.complete(completed)
    bench.queue.abandon(abandoned)

    assert bench.queue.peek(1, 10) == []
    assert names(bench.dead_letters.peek(1, 10)) == ["b"]


def test_deferred_messages_outlive_their_time_and_stay_deferred_when_abandoned() -> None:
    bench = Bench(QueueRules(default_ttl=100))
    (number,) = bench.queue.publish([text("a")])
    bench.queue.defer(bench.token(), {"note": "later"})

    bench.times.host_time += 1000
    bench.queue.run_due()
    (deferred,) = bench.queue.lock_deferred([number])
    bench.queue.abandon(deferred.lock_token or b"")
    assert bench.queue.lock_next() is None
    (again,) = bench.queue.lock_deferred([number, number])

    assert properties(again) == {"note": "later"}
    assert again.delivery_count == 1
    with pytest.raises(MessageNotFoundError):
        bench.queue.lock_deferred([number])


def test_a_scheduled_message_becomes_active_at_its_time_and_lives_from_then_on() -> None:
    bench = Bench(QueueRules(default_ttl=100))
    number, cancelled = bench.queue.publish(
        [text("a")._replace(scheduled_at=5000.0), text("b")._replace(scheduled_at=6000.0)]
    )
    bench.queue.cancel_scheduled([cancelled])

    assert bench.queue.lock_next() is None
    assert bench.queue.next_due() == 5000
    bench.times.host_time = 5050
    bench.queue.run_due()
    message = bench.lock()

    assert (message.sequence, message.enqueued_at, message.expires_at) == (number, 5000, 5100)
    with pytest.raises(MessageNotFoundError):
        bench.queue.cancel_scheduled([number])


def test_a_duplicate_is_dropped_within_the_window_and_taken_after_it() -> None:
    bench = Bench(duplicate_window=60)
    bench.queue.publish([text("a"), text("a"), MessageContent(), MessageContent()])
    bench.times.host_time += 59
    bench.queue.publish([text("a")])
    assert names(bench.queue.peek(1, 10)) == ["a", None, None]

    bench.times.host_time += 1
    bench.queue.publish([text("a")])

    assert names(bench.queue.peek(1, 10)) == ["a", None, None, "a"]


def test_the_number_of_a_dropped_duplicate_is_kept_from_being_given_again() -> None:
    bench = Bench(duplicate_window=60)
    bench.queue.publish([text("a"), text("a")])

    assert UseNumber(QUEUE, 2) in bench.journal.writes


def test_a_settlement_is_remembered_for_a_minute_and_as_what_it_was() -> None:
    bench = Bench()
    bench.queue.publish([text("a"), text("b")])
    completed, abandoned = bench.token(), bench.token()
    bench.queue.complete(completed)
    bench.queue.abandon(abandoned)

    bench.times.real_time += 59
    assert bench.queue.was_settled(completed, Settlement.COMPLETED)
    assert bench.queue.was_settled(abandoned, Settlement.ABANDONED)
    assert not bench.queue.was_settled(abandoned, Settlement.COMPLETED)
    for _ in range(2):
        bench.times.real_time += 60
        bench.queue.publish([text("later")])
        bench.queue.complete(bench.token())
    assert not bench.queue.was_settled(completed, Settlement.COMPLETED)


def test_a_message_without_session_id_is_refused_with_all_that_came_with_it() -> None:
    bench = Bench(QueueRules(requires_session=True))

    with pytest.raises(NotAllowedError):
        bench.queue.publish([text("a")._replace(session_id="s"), text("b")])

    assert bench.queue.peek(1, 10) == []
    assert bench.journal.writes == []


def test_a_message_in_the_dead_letters_stays_there() -> None:
    bench = Bench(QueueRules(max_delivery_count=1, default_ttl=10))
    bench.queue.publish([text("a")])
    bench.queue.dead_letter(bench.token(), {"DeadLetterReason": "bad"})

    for _ in range(3):
        bench.times.host_time += 100
        bench.dead_letters.run_due()
        dead = bench.dead_letters.lock_next()
        assert dead is not None
        bench.dead_letters.abandon(dead.lock_token or b"")

    assert properties(bench.dead_letters.peek(1, 1)[0]) == {"DeadLetterReason": "bad"}


def test_thousands_of_settled_messages_leave_nothing_behind() -> None:
    bench = Bench(QueueRules(default_ttl=1_000_000))
    bench.queue.publish([text("stays")])
    held = bench.token()
    for _ in range(5000):
        bench.queue.publish([text("goes")])
        bench.queue.complete(bench.token())

    assert bench.queue.next_due() == 1_001_000
    bench.queue.complete(held)
    assert bench.queue.next_due() is None
    assert bench.queue.next_lock_end() is None


def topic(filters: tuple[CorrelationFilter, ...] = ()) -> tuple[TopicCore, Bench, Bench]:
    everything, filtered = Bench(), Bench()
    filtered.times = everything.times
    subscriptions = [FilteredQueue(everything.queue, ()), FilteredQueue(filtered.queue, filters)]
    core = TopicCore(TOPIC, subscriptions, everything.times, everything.journal, default_ttl=50)
    return core, everything, filtered


def test_a_topic_copies_to_every_subscription_whose_filter_matches() -> None:
    wanted = MessageContent(message_id="m").with_application_properties({"level": 3, "flag": True})
    other = MessageContent(message_id="n").with_application_properties({"level": True})
    core, everything, filtered = topic((CorrelationFilter({}, {"level": 3}), CorrelationFilter({"subject": "x"}, {})))

    core.publish([wanted, other])

    assert names(everything.queue.peek(1, 10)) == ["m", "n"]
    assert names(filtered.queue.peek(1, 10)) == ["m"]
    assert everything.lock().expires_at == 1050


def test_a_topic_keeps_scheduled_messages_under_one_number_until_they_are_due() -> None:
    core, everything, filtered = topic()
    numbers = core.publish([text("a")._replace(scheduled_at=2000.0), text("b")._replace(scheduled_at=3000.0)])
    core.cancel_scheduled(numbers[1:])

    assert (numbers, core.next_due()) == ([1, 2], 2000)
    assert everything.queue.active_count() == 0
    everything.times.host_time = 2000
    core.run_due()

    assert names(everything.queue.peek(1, 10)) == names(filtered.queue.peek(1, 10)) == ["a"]
    assert core.next_due() is None
    with pytest.raises(MessageNotFoundError):
        core.cancel_scheduled(numbers[:1])
