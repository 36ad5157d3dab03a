"""The queue cores against a simple model: any sequence of sending, receiving, settling, waiting and restarting.

The model is one list of messages that is searched for everything; the cores keep heaps, indexes and a database.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from devhost.ports import OutgoingMessage
from devhost.service_bus.errors import LockLostError, MessageNotFoundError, SessionCannotBeLockedError
from devhost.service_bus.local.messages import outgoing_content
from devhost.service_bus.nodes.store import Store
from devhost.service_bus.queues.duplicates import DuplicateHistory
from devhost.service_bus.queues.entities import QueueRules
from devhost.service_bus.queues.journal import Journal
from devhost.service_bus.queues.message import Message
from devhost.service_bus.queues.message_content import MessageContent
from devhost.service_bus.queues.queue_core import QueueCore
from devhost.service_bus.queues.session_locks import SessionLock
from devhost.service_bus.queues.session_queue_core import SessionQueueCore

LOCK, MAX_DELIVERIES, WINDOW = 10.0, 3, 15.0
ACTIVE, DEFERRED, SCHEDULED = 0, 1, 2
HOLDER = object()

# `make test` tries two hundred sequences of each kind, DEVHOST_EXAMPLES=5000 more, a quick profile fewer.
EXAMPLES = int(os.environ.get("DEVHOST_EXAMPLES", min(200, settings().max_examples)))


@dataclass
class Moments:
    host_time: float = 1000.0
    real_time: float = 1000.0

    def host(self) -> float:
        return self.host_time

    def real(self) -> float:
        return self.real_time


@dataclass
class Entry:
    """A message in the model."""

    number: int
    name: str
    session: str | None
    state: int
    expires: float | None
    due: float | None = None
    count: int = 0
    token: bytes | None = None
    until: float = 0.0


class Model:
    def __init__(self, times: Moments, rules: QueueRules) -> None:
        self.times = times
        self.rules = rules
        self.entries: list[Entry] = []
        self.dead: list[tuple[str, int, str]] = []
        self.last_number = 0
        self.remembered: dict[str, float] = {}
        self.sessions: dict[str, float] = {}  # held ones, with the end of their locks

    def send(self, name: str, session: str | None, ttl: float | None, delay: float) -> None:
        self.last_number += 1
        now = self.times.host()
        if self.remembered.get(name, 0) > now:
            return
        self.remembered[name] = now + WINDOW
        ttls = [each for each in (ttl, self.rules.default_ttl) if each is not None]
        expires = now + delay + min(ttls) if ttls else None
        state, due = (SCHEDULED, now + delay) if delay else (ACTIVE, None)
        self.entries.append(Entry(self.last_number, name, session, state, expires, due))

    def ready(self, session: str | None) -> list[Entry]:
        wanted = [entry for entry in self.entries if entry.state == ACTIVE and entry.token is None]
        return [entry for entry in wanted if not self.rules.requires_session or entry.session == session]

    def lock(self, entry: Entry, token: bytes) -> None:
        entry.token = token
        in_session = self.rules.requires_session and entry.session is not None
        entry.until = self.sessions[entry.session or ""] if in_session else self.times.real() + LOCK

    def fail(self, entry: Entry) -> None:
        entry.token = None
        entry.count += 1
        if entry.count >= MAX_DELIVERIES:
            self.bury(entry, "MaxDeliveryCountExceeded")

    def bury(self, entry: Entry, reason: str) -> None:
        self.entries.remove(entry)
        self.dead.append((entry.name, entry.count, reason))

    def let_time_pass(self) -> None:
        """Apply everything that time alone changes."""
        host, real = self.times.host(), self.times.real()
        for entry in list(self.entries):
            if entry.token is not None and entry.until <= real:
                self.fail(entry)
        self.sessions = {session: until for session, until in self.sessions.items() if until > real}
        for entry in list(self.entries):
            if entry.state == SCHEDULED and entry.due is not None and entry.due <= host:
                entry.state, entry.due = ACTIVE, None
            expired = entry.state == ACTIVE and entry.expires is not None and entry.expires <= host
            if expired and entry.token is None and self.rules.dead_letter_on_expiration:
                self.bury(entry, "TTLExpiredException")
            elif expired and entry.token is None:
                self.entries.remove(entry)


class QueueMachine(RuleBasedStateMachine):
    requires_session = False

    @initialize(default_ttl=st.sampled_from([None, 25.0]), buries=st.booleans())
    def begin(self, default_ttl: float | None, buries: bool) -> None:
        self.rules_in_force = QueueRules(LOCK, MAX_DELIVERIES, default_ttl, buries, self.requires_session)
        self.times = Moments()
        self.model = Model(self.times, self.rules_in_force)
        self.store = Store(Path(":memory:"))
        self.ids = [self.store.entity(path)[0] for path in ("queue", "dead")]
        self.boot()

    def boot(self) -> None:
        """Make the cores from what is stored, like a start of the broker."""
        self.journal = Journal()
        entity, dead_entity = self.ids
        dead_rules = QueueRules(LOCK, MAX_DELIVERIES)
        self.dead_letters = QueueCore(dead_entity, dead_rules, self.times, self.journal)
        duplicates = DuplicateHistory(entity, WINDOW, self.journal, self.store.remembered_ids(entity))
        options: dict[str, Any] = {
            "last_sequence": self.store.entity("queue")[1],
            "dead_letters": self.dead_letters,
            "duplicates": duplicates,
        }
        if self.requires_session:
            states = self.store.session_states(entity)
            self.core = SessionQueueCore(
                entity, self.rules_in_force, self.times, self.journal, states=states, **options
            )
        else:
            self.core = QueueCore(entity, self.rules_in_force, self.times, self.journal, **options)
        for core, number in ((self.core, entity), (self.dead_letters, dead_entity)):
            for message in self.store.messages(number):
                core.restore(message)
        self.tokens: list[bytes] = []
        self.held: dict[str, SessionLock] = {}

    def commit(self) -> None:
        if self.journal.writes:
            self.store.commit(self.journal.take_writes())

    def entry(self, token: bytes) -> Entry | None:
        return next((entry for entry in self.model.entries if entry.token == token), None)

    def teardown(self) -> None:
        if hasattr(self, "store"):
            self.store.close()

    # What may happen

    @rule(
        name=st.sampled_from("uvwxyz"),
        session=st.sampled_from("ab"),
        ttl=st.sampled_from([None, 5.0, 40.0]),
        delay=st.sampled_from([0.0, 0.0, 7.0]),
        copies=st.integers(1, 3),
    )
    def send(self, name: str, session: str, ttl: float | None, delay: float, copies: int) -> None:
        contents = []
        for number in range(copies):
            due = self.times.host() + delay if delay else None
            content = outgoing_content(OutgoingMessage(b"", f"{name}{number}", session_id=session))
            contents.append(content._replace(ttl=ttl, scheduled_at=due))
            self.model.send(f"{name}{number}", session, ttl, delay)
        assert self.core.publish(contents)[-1] == self.model.last_number

    def sources(self) -> list[str | None]:
        return [None]

    @rule(data=st.data())
    def receive(self, data: st.DataObject) -> None:
        if not (sources := self.sources()):
            return
        source = data.draw(st.sampled_from(sources))
        message = self.core.lock_next(source)
        expected = self.model.ready(source)
        assert (message and message.sequence) == (expected[0].number if expected else None)
        if message is not None:
            self.note(message)

    @rule(data=st.data())
    def receive_and_delete(self, data: st.DataObject) -> None:
        if not (sources := self.sources()):
            return
        source = data.draw(st.sampled_from(sources))
        message = self.core.remove_next(source)
        expected = self.model.ready(source)
        assert (message and message.sequence) == (expected[0].number if expected else None)
        if expected:
            self.model.entries.remove(expected[0])

    def note(self, message: Message) -> None:
        assert message.lock_token is not None
        entry = next(entry for entry in self.model.entries if entry.number == message.sequence)
        self.model.lock(entry, message.lock_token)
        self.tokens.append(message.lock_token)

    @precondition(lambda self: self.tokens)
    @rule(data=st.data(), how=st.sampled_from(["complete", "abandon", "release", "defer", "dead_letter"]))
    def settle(self, data: st.DataObject, how: str) -> None:
        token = data.draw(st.sampled_from(self.tokens))
        entry = self.entry(token)
        arguments: tuple[Any, ...] = ({"DeadLetterReason": "bad"},) if how == "dead_letter" else ()
        try:
            getattr(self.core, how)(token, *arguments)
        except LockLostError:
            assert entry is None
            return
        assert entry is not None
        match how:
            case "complete":
                self.model.entries.remove(entry)
            case "abandon":
                self.model.fail(entry)
            case "defer":
                entry.state, entry.expires = DEFERRED, None
            case "dead_letter":
                self.model.bury(entry, "bad")
        entry.token = None

    @precondition(lambda self: self.tokens and not self.requires_session)
    @rule(data=st.data())
    def renew(self, data: st.DataObject) -> None:
        token = data.draw(st.sampled_from(self.tokens))
        entry = self.entry(token)
        try:
            until = self.core.renew(token)
        except LockLostError:
            assert entry is None
            return
        assert entry is not None
        assert until == self.times.real() + LOCK
        entry.until = until

    @precondition(lambda self: self.model.last_number)
    @rule(data=st.data(), locks=st.booleans())
    def receive_deferred(self, data: st.DataObject, locks: bool) -> None:
        number = data.draw(st.integers(1, self.model.last_number))
        there = [entry for entry in self.model.entries if entry.number == number and entry.state == DEFERRED]
        available = bool(there) and there[0].token is None
        if available and self.requires_session and there[0].session not in self.held:
            return  # refused before it reaches the core
        try:
            (message,) = (self.core.lock_deferred if locks else self.core.remove_deferred)([number])
        except MessageNotFoundError:
            assert not available
            return
        assert available
        if locks:
            self.note(message)
        else:
            self.model.entries.remove(there[0])

    @precondition(lambda self: self.model.last_number)
    @rule(data=st.data())
    def cancel_scheduled(self, data: st.DataObject) -> None:
        number = data.draw(st.integers(1, self.model.last_number))
        there = [entry for entry in self.model.entries if entry.number == number and entry.state == SCHEDULED]
        try:
            self.core.cancel_scheduled([number])
        except MessageNotFoundError:
            assert not there
            return
        self.model.entries.remove(there[0])

    @rule(host=st.sampled_from([0.0, 1.0, 6.0, 30.0]), real=st.sampled_from([0.0, 1.0, 6.0, 11.0]))
    def wait(self, host: float, real: float) -> None:
        self.times.host_time += host
        self.times.real_time += real

    @rule(killed=st.booleans())
    def restart(self, killed: bool) -> None:
        self.commit()
        if killed:
            self.core.publish([MessageContent(message_id="never acknowledged", session_id="a")])
        self.boot()
        for entry in self.model.entries:
            entry.token = None
        self.model.sessions.clear()

    # What must hold. After each step the alarms ring, as in a node, and everything is committed.

    @invariant()
    def core_and_store_are_as_the_model_says(self) -> None:
        if not hasattr(self, "core"):
            return
        self.core.expire_locks()
        self.core.run_due()
        self.model.let_time_pass()
        self.commit()
        expected = [(entry.number, entry.name, entry.session, entry.state, entry.count) for entry in self.model.entries]
        assert [self.row(message) for message in self.core.peek(1, 1000)] == expected
        assert [self.row(message) for message in self.store.messages(self.ids[0])] == expected
        locked = {entry.number: entry.until for entry in self.model.entries if entry.token is not None}
        messages = self.core.peek(1, 1000)
        assert {each.sequence: each.lock_token for each in messages if each.lock_token}.keys() == locked.keys()
        ready = [entry for entry in self.model.entries if entry.state == ACTIVE and entry.token is None]
        assert self.core.active_count() == len(ready)
        dead = [(each.content.message_id, each.delivery_count) for each in self.store.messages(self.ids[1])]
        assert sorted(map(str, dead)) == sorted(str(each[:2]) for each in self.model.dead)
        assert self.core.next_lock_end() == min(self.lock_ends(), default=None)
        dues = [entry.due for entry in self.model.entries if entry.state == SCHEDULED and entry.due is not None]
        assert not dues or (self.core.next_due() or 0.0) <= min(dues)

    def lock_ends(self) -> list[float]:
        return [entry.until for entry in self.model.entries if entry.token is not None]

    @staticmethod
    def row(message: Message) -> tuple[int, str | None, str | None, int, int]:
        content = message.content
        return message.sequence, content.message_id, content.session_id, message.state, message.delivery_count


class SessionMachine(QueueMachine):
    requires_session = True
    core: SessionQueueCore

    def sources(self) -> list[str | None]:
        return list(self.model.sessions)

    @rule(session=st.sampled_from("abc"))
    def accept(self, session: str) -> None:
        try:
            lock = self.core.accept_session(session, HOLDER, lambda: self.lost(session))
        except SessionCannotBeLockedError:
            assert session in self.model.sessions
            return
        assert session not in self.model.sessions
        self.hold(lock)

    @rule()
    def accept_next(self) -> None:
        free = {
            entry.session
            for entry in self.model.entries
            if entry.state == ACTIVE and entry.token is None and entry.session not in self.model.sessions
        }
        lock = self.core.accept_next_session(HOLDER, lambda: self.lost(lock.session_id if lock else ""))
        assert (lock is None) == (not free)
        if lock is not None:
            assert lock.session_id in free
            self.hold(lock)

    def hold(self, lock: SessionLock) -> None:
        self.held[lock.session_id] = lock
        self.model.sessions[lock.session_id] = self.times.real() + LOCK

    def lost(self, session: str) -> None:
        del self.held[session]

    @precondition(lambda self: self.held)
    @rule(data=st.data())
    def give_up(self, data: st.DataObject) -> None:
        session = data.draw(st.sampled_from(sorted(self.held)))
        self.core.release_session(self.held.pop(session))
        del self.model.sessions[session]
        for entry in self.model.entries:
            if entry.session == session:
                entry.token = None

    @rule(session=st.sampled_from("abc"))
    def renew_session(self, session: str) -> None:
        try:
            until = self.core.renew_session(session, HOLDER)
        except LockLostError:
            assert session not in self.model.sessions
            return
        self.model.sessions[session] = until
        for entry in self.model.entries:
            if entry.session == session and entry.token is not None:
                entry.until = until

    @rule(session=st.sampled_from("abc"), content=st.sampled_from([None, b"", b"state"]))
    def set_state(self, session: str, content: bytes | None) -> None:
        try:
            self.core.set_session_state(session, HOLDER, content)
        except LockLostError:
            assert session not in self.model.sessions
            return
        assert self.core.session_state(session, HOLDER) == content
        self.commit()
        stored = self.store.session_states(self.ids[0]).get(session)
        assert (stored and stored.content) == content

    def lock_ends(self) -> list[float]:
        return list(self.model.sessions.values())

    @invariant()
    def sessions_are_held_by_who_the_model_says(self) -> None:
        if hasattr(self, "core"):
            assert self.held.keys() == self.model.sessions.keys()


TestQueue = QueueMachine.TestCase
TestSessions = SessionMachine.TestCase
TestQueue.settings = TestSessions.settings = settings(max_examples=EXAMPLES, stateful_step_count=50)
