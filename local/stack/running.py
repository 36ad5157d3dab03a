"""A running stack with its users' clients: documents, ledger, messages, events."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from local.stack.devhost_process import PROJECT, DevhostProcess, UploadRoute
from local.stack.documents import Documents
from local.stack.endpoints import Endpoints
from local.stack.ledger_reader import LedgerReader
from local.stack.messages import Messages
from local.stack.subscriber import EventFeed, Subscriber, TopicFeed


@dataclass(frozen=True, slots=True)
class Stack:
    """The clients of a stack. `host` is None if somebody else runs it: nothing may kill it or advance its clock."""

    documents: Documents
    ledger: LedgerReader
    messages: Messages
    events: EventFeed
    host: DevhostProcess | None = None

    def kill_host(self) -> None:
        """End the host as a power cut would (kill -9). Raises ValueError if it is not ours."""
        if self.host is None:
            raise ValueError("this host is not ours to kill")
        self.messages.disconnect()
        self.host.kill()


@contextmanager
def own_stack(
    state: Path, settings: Mapping[str, str] | None = None, upload_route: UploadRoute = "both", app: Path = PROJECT
) -> Iterator[Stack]:
    """Start a devhost with the app on `state`, and a web server that receives its events."""
    with ExitStack() as closing:
        subscriber = closing.enter_context(Subscriber())
        webhooks = {"subscriber": subscriber.url}
        host = closing.enter_context(DevhostProcess(state, settings or {}, webhooks, upload_route, app))
        yield _connect(closing, Endpoints.from_devhost(state), subscriber, host)


@contextmanager
def other_stack(settings_file: Path) -> Iterator[Stack]:
    """Connect to a stack that somebody else runs, by its app's settings; events are read from Service Bus."""
    with ExitStack() as closing:
        yield _connect(closing, Endpoints.from_settings(settings_file), None, None)


def _connect(
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
