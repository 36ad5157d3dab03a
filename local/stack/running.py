"""A running stack and everybody around it, in one place."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from local.stack.devhost_process import PROJECT, DevhostProcess, Road
from local.stack.documents import Documents
from local.stack.endpoints import Endpoints
from local.stack.ledger_reader import LedgerReader
from local.stack.messages import Messages
from local.stack.subscriber import EventFeed, Subscriber, TopicFeed


@dataclass(frozen=True, slots=True)
class Stack:
    """What there is to act on and to look at. `host` is None where the stack is not ours to kill or to hurry."""

    documents: Documents
    ledger: LedgerReader
    messages: Messages
    events: EventFeed
    host: DevhostProcess | None = None

    def kill_host(self) -> None:
        """End the host as a power cut would (kill -9). Raises ValueError where it is not ours."""
        if self.host is None:
            raise ValueError("this host is not ours to kill")
        self.messages.disconnect()
        self.host.kill()


@contextmanager
def own_stack(
    state: Path, settings: Mapping[str, str] | None = None, road: Road = "both", app: Path = PROJECT
) -> Iterator[Stack]:
    """A devhost with the app, started on `state`, and a web server that receives its events."""
    with ExitStack() as closing:
        subscriber = closing.enter_context(Subscriber())
        webhooks = {"subscriber": subscriber.url}
        host = closing.enter_context(DevhostProcess(state, settings or {}, webhooks, road, app))
        yield _opened(closing, Endpoints.from_devhost(state), subscriber, host)


@contextmanager
def other_stack(settings_file: Path) -> Iterator[Stack]:
    """A stack that somebody else runs, by the settings of its app; its events are read from Service Bus."""
    with ExitStack() as closing:
        yield _opened(closing, Endpoints.from_settings(settings_file), None, None)


def _opened(
    closing: ExitStack, endpoints: Endpoints, subscriber: Subscriber | None, host: DevhostProcess | None
) -> Stack:
    messages = closing.enter_context(Messages(endpoints.service_bus))
    return Stack(
        documents=closing.enter_context(Documents(endpoints.storage)),
        ledger=closing.enter_context(LedgerReader(endpoints.storage)),
        messages=messages,
        events=subscriber or TopicFeed(messages),
        host=host,
    )
