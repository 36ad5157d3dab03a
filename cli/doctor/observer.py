"""The examination for `compliance doctor`, a few reviews at a time; its cost is linear in the open reviews."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Collection, Iterable
from datetime import UTC, datetime
from functools import partial
from typing import Final, TypeVar

import aiohttp
from azure.core.exceptions import AzureError, ResourceNotFoundError
from azure.servicebus.exceptions import MessagingEntityNotFoundError

from adapters.blobs.copies import is_ours
from adapters.blobs.moved_copies import MovedCopy, archived_copy, published_copy
from adapters.durable_api import Orchestrations
from adapters.front_door.opening import pinned_key_id
from adapters.front_door.signing_key import SigningKeyError
from adapters.ledger.key_reports import PARTITION as FRONT_DOOR_KEYS
from adapters.ledger.key_reports import key_report, why_not_read
from adapters.ledger.review_rows import ReviewRows, read_review_rows, stored_head
from adapters.ledger.rows import HEAD, OPEN, OUTBOX, event_of
from adapters.ledger.unfinished import AFTER_IDS
from adapters.messaging.event_subscriptions import subscriptions_for
from adapters.policies import PolicyError, check_against_settings, load_policies
from adapters.probe import Probe, StoredBlob, StoredRow
from cli.doctor.copy_observer import COPIES_IN, Copies, CopyObserver
from cli.doctor.observations import ListedReview, Observations, Row, SeenBlob
from cli.doctor.parts import (
    CONTAINERS,
    LEDGER,
    ORCHESTRATIONS,
    QUEUES,
    STORAGE,
    SUBSCRIPTIONS_OF_TOPIC,
    container_part,
)
from cli.doctor.unseen import why_unseen
from cli.session import Session, run_together
from compliance.document import review_id
from compliance.outcome import Answer
from compliance.review import Head
from contracts.messages.events import REVIEW_COMPLETED
from contracts.names import ARCHIVED, DECISION_REPLIES, DECISIONS_QUARANTINE, PENDING, PUBLISHED, STAGING, SUBMISSIONS
from contracts.policy_file.name_patterns import DEFAULT_IGNORED, is_no_document
from contracts.proofs.key_set import KeySetError

_AT_ONCE: Final = 16
_MOST_MESSAGES: Final = 1_000
# These need no action: their senders were answered with the reason.
_ANSWERED_FOR_GOOD: Final = {each for each in Answer if each.refused} - {Answer.MALFORMED, Answer.NOT_PROCESSED}
T = TypeVar("T")


class Observer:
    """An examination of everything. A part that cannot be examined is noted and does not stop the rest."""

    def __init__(
        self,
        session: Session,
        probe: Probe,
        orchestrations: Orchestrations | None,
        left_out: Collection[str],
        examined: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._session = session
        self._probe = probe
        self._orchestrations = orchestrations
        self._left_out = left_out
        self._examined = examined  # told of each open review and each copy
        self._ignored: tuple[str, ...] = DEFAULT_IGNORED
        self._turn = asyncio.Semaphore(_AT_ONCE)
        self._seen = Observations(_client_time())

    async def observe(self, copies: Copies = Copies.NONE) -> Observations:
        """Examine everything. `copies` are as many as there are published and archived documents."""
        now = await self._look(STORAGE, self._probe.storage_time, None)
        if now:
            self._seen.client_ahead = _client_time() - now
            self._seen.now = now
        self._look_at_policies()
        await run_together(
            self._look(container_part(container), partial(self._probe.check_listing, container), None)
            for container in CONTAINERS
        )
        looks = [
            self._look_at_signing_key(),
            self._look_at_reviews(),
            self._look_at_subscriptions(),
            *map(self._look_at_queue, QUEUES),
        ]
        await run_together(looks)
        if copies is not Copies.NONE:
            by_hash, examined = copies is Copies.BY_HASH, partial(self._examined, "copies")
            await self._look_at_copies(
                CopyObserver(self._session.documents, self._probe, self._seen, by_hash=by_hash, examined=examined)
            )
        return self._seen

    def _look_at_policies(self) -> None:
        settings, file = self._session.settings, self._session.policy_file
        if file is None:
            return
        try:
            policies = load_policies(file)
            self._ignored = policies.ignored
            check_against_settings(policies, file, settings)
        except (PolicyError, KeySetError) as error:
            self._seen.policy_fault = str(error)

    async def _look_at_signing_key(self) -> None:
        if (value := self._session.settings.attestation_signing_key) is None:
            return
        try:
            key_id = await pinned_key_id(value)
        except SigningKeyError as error:
            self._seen.signing_key_fault = str(error)
            return
        rows = await self._look(LEDGER, lambda: self._rows(FRONT_DOOR_KEYS), None)
        if rows is not None:
            told = [key_report(row.columns, row.written_at) for row in rows]
            self._seen.signing_key_fault = why_not_read(key_id, told, self._seen.now)

    def _ignores(self, stored: StoredBlob) -> bool:
        blob = stored.blob
        return is_no_document(blob.name, blob.length, blob.metadata, self._ignored)

    async def _look_at_subscriptions(self) -> None:
        if SUBSCRIPTIONS_OF_TOPIC in self._left_out:
            return
        if url := self._session.settings.topic_subscriptions:
            listing = partial(subscriptions_for, self._session.clients, url, REVIEW_COMPLETED)
            self._seen.subscriptions = await self._look(SUBSCRIPTIONS_OF_TOPIC, listing, None)

    async def _look_at_queue(self, queue: str) -> None:
        answers = queue == DECISION_REPLIES  # it must only exist: replies that nobody fetches are no trouble
        most, aside = 1 if answers else _MOST_MESSAGES, _ANSWERED_FOR_GOOD if queue == DECISIONS_QUARANTINE else ()
        waiting = await self._look(queue, lambda: self._probe.queue_depth(queue, most, aside), None)
        if waiting and not answers:
            self._seen.queues[queue] = waiting

    async def _look_at_copies(self, copies: CopyObserver) -> None:
        record = await self._look(LEDGER, copies.record, None)
        if record is not None:
            for container in COPIES_IN:
                await self._look(container_part(container), partial(copies.compare, container, record), None)

    async def _look_at_reviews(self) -> None:
        opened = await self._look(LEDGER, lambda: self._rows(OPEN, AFTER_IDS), None)
        if opened is None:
            return
        reviews = await run_together(map(self._look_at_open_review, opened))
        self._seen.listed = [review for review in reviews if review]
        for row in await self._look(LEDGER, lambda: self._rows(OUTBOX), []):
            self._look_at_event(row)
        known = {row.key for row in opened}
        for container in (PENDING, SUBMISSIONS):
            blobs = [(blob, _own_review(blob)) for blob in await self._blobs(container)]
            unlisted = [each for each in blobs if each[1] not in known]
            self._seen.incoming += await self._with_heads(each for each in unlisted if not self._ignores(each[0]))
            if container == PENDING:
                self._seen.ignored = [blob.blob.name for blob, _ in unlisted if self._ignores(blob)]
        self._seen.staging = await self._with_heads((blob, blob.blob.name) for blob in await self._blobs(STAGING))

    def _look_at_event(self, row: StoredRow) -> None:
        try:
            event_of(row.columns)
        except ValueError:
            self._seen.unreadable.append(Row(OUTBOX, row.key))
        else:
            self._seen.events[row.key] = row.written_at

    async def _look_at_open_review(self, listed: StoredRow) -> ListedReview | None:
        found = await self._look_at_review(listed)
        self._examined("open reviews")
        return found

    async def _look_at_review(self, listed: StoredRow) -> ListedReview | None:
        """Return a listed review, or None if its head cannot be read."""
        review_id = listed.key
        async with self._turn:
            found = await self._look(LEDGER, lambda: self._partition(review_id), None)
            if found is None:
                return None
            self._seen.unreadable += found.unreadable
            if found.head_is_unreadable:
                return None
            if self._orchestrations:
                await self._look_at_orchestration(self._orchestrations, review_id)
            copies = await self._copies(review_id, (found.head or stored_head(listed)).head.document.name)
            if copies:  # read again: it may have been decided since
                found = await self._look(LEDGER, lambda: self._partition(review_id), found)
            named = found.head is not None and await self._is_named_in_published(found.head.head)
        return ListedReview(review_id, listed.written_at, found.head, found.audit_fault, copies, named)

    async def _look_at_orchestration(self, orchestrations: Orchestrations, review_id: str) -> None:
        async def read_status() -> bool:
            self._seen.orchestrations[review_id] = await orchestrations.status(review_id)
            return True

        await self._look(ORCHESTRATIONS, read_status, False)

    async def _is_named_in_published(self, head: Head) -> bool:
        documents, name = self._session.documents, head.document.name
        blob = await self._look(container_part(PUBLISHED), lambda: documents.current(PUBLISHED, name), None)
        return is_ours(blob, head.review_id)

    async def _copies(self, review_id: str, name: str) -> tuple[MovedCopy, ...]:
        documents, found = self._session.documents, list[MovedCopy]()
        for container, look in ((PUBLISHED, published_copy), (ARCHIVED, archived_copy)):
            copy = await self._look(container_part(container), partial(look, documents, review_id, name), None)
            found += [copy] if copy else []
        return tuple(found)

    async def _partition(self, review_id: str) -> ReviewRows:
        found = read_review_rows(review_id, await self._rows(review_id))
        # A record written between two pages of rows makes the trail look broken the first time.
        return read_review_rows(review_id, await self._rows(review_id)) if found.audit_fault else found

    async def _rows(self, partition: str, before: str = "~") -> list[StoredRow]:
        return [row async for row in self._probe.rows(partition, before)]

    async def _blobs(self, container: str) -> list[StoredBlob]:
        async def list_blobs() -> list[StoredBlob]:
            return [blob async for blob in self._probe.blobs(container)]

        return await self._look(container_part(container), list_blobs, [])

    async def _with_heads(self, blobs: Iterable[tuple[StoredBlob, str | None]]) -> list[SeenBlob]:
        seen = await run_together(self._with_head(blob, review_id) for blob, review_id in blobs)
        return [blob for blob in seen if blob]

    async def _with_head(self, blob: StoredBlob, review_id: str | None) -> SeenBlob | None:
        """Return a blob with its review's head, or None if the head cannot be read."""

        async def read_head() -> SeenBlob:
            row = await self._probe.head(review_id) if review_id else None
            is_lost = row is None and review_id and blob.blob.container in (PENDING, SUBMISSIONS)
            copies = await self._copies(review_id, blob.blob.name) if is_lost and review_id else ()
            return SeenBlob(blob, stored_head(row) if row else None, copies)

        try:
            async with self._turn:
                return await self._look(LEDGER, read_head, None)
        except ValueError:
            self._seen.unreadable.append(Row(str(review_id), HEAD))
            return None

    async def _look(self, what: str, look: Callable[[], Awaitable[T]], nothing: T) -> T:
        if what in self._left_out:
            return nothing
        try:
            return await look()
        except (ResourceNotFoundError, MessagingEntityNotFoundError):
            self._seen.missing.add(what)
        except (AzureError, aiohttp.ClientError, TimeoutError) as error:
            self._seen.unseen.setdefault(what, why_unseen(what, error))
        return nothing


def _own_review(blob: StoredBlob) -> str:
    return review_id(blob.blob.container, blob.blob.name, blob.blob.etag)


def _client_time() -> datetime:
    return datetime.fromtimestamp(time.time(), UTC)  # the wall clock itself is what is examined
