"""Words that must not get out of where they belong, and every place where they could have got to."""

from __future__ import annotations

import itertools
import json
import shutil
import sqlite3
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

from azure.data.tables import TableServiceClient

from local.stack.endpoints import Endpoints
from local.stack.running import Stack
from tests.cli.running import Compliance

# What was refused lies there as it came, for people who may see it; who may read a queue may read what comes in by it.
_HOLD_ORIGINALS = ("decisions-quarantine", "submissions-quarantine")
_OUTBOUND = (("review-requests", "reviewers"), ("review-events", "watch"), ("decision-replies", None))


@dataclass(slots=True)
class Canaries:
    """Planted words and the stack's own secrets, by what each is.

    Planted words may lie in the ledger, which keeps what people say. `secrets` may lie nowhere.
    """

    stack: Stack
    state: Path
    planted: dict[str, str] = field(default_factory=dict)
    secrets: dict[str, str] = field(default_factory=dict)
    replies: list[object] = field(default_factory=list)  # answers that were taken from their queue

    def word(self, what: str) -> str:
        """Return a word for this place and no other."""
        return self.planted.setdefault(what, f"canary-{what.replace(' ', '-')}-{len(self.planted)}7f3a")

    def secret(self, what: str) -> str:
        """Return a secret for this place and no other."""
        return self.secrets.setdefault(what, f"secret-{what.replace(' ', '-')}-{len(self.secrets)}9c1d")

    def recorded(self, words: dict[str, str], review: str) -> set[str]:
        """Return which words are seen in any table or refused message, or in what the command says of a review."""
        places = itertools.chain(self._tables(), self._refused(), self._said_of(review))
        return {f"{what} in {place}" for place, text in places for what in _in(words, text)}

    def escaped(self, *names: str) -> list[str]:
        """List the canaries seen, with their places, and `names` seen in the log or failures."""
        forbidden = self.planted | self.secrets | self._secrets()
        seen = [f"{what} in {place}" for place, text in self._everywhere() for what in _in(forbidden, text)]
        named = {f"the document's name {name}": name for name in names}
        seen += [f"{what} in {place}" for place, text in self._kept_by_operators() for what in _in(named, text)]
        return sorted(set(seen))

    def places_of(self, word: str) -> set[str]:
        """Return the places of a word that may be seen, to prove that the search works."""
        return {place for place, text in self._everywhere() if word in text}

    def _secrets(self) -> dict[str, str]:
        endpoints = Endpoints.from_devhost(self.state)
        event_grid = json.loads((self.state / "endpoints.json").read_text())["eventGrid"]
        secrets = {
            "the storage key": _part(endpoints.storage, "AccountKey"),
            "the Service Bus key": _part(endpoints.service_bus, "SharedAccessKey"),
            "the Event Grid key": event_grid["key"],
        }
        encoded = {f"{what}, in a URL": quote(key, safe="") for what, key in secrets.items()}
        return secrets | encoded | {"a shared access signature": "sig="}

    def _everywhere(self) -> Iterator[tuple[str, str]]:
        yield from self._kept_by_operators(failures_only=False)
        for entity, subscription in _OUTBOUND:
            for message in self.stack.messages.peek(entity, subscription):
                yield entity, message.body.decode() + json.dumps(dict(message.properties), ensure_ascii=False)
        for quarantine in _HOLD_ORIGINALS:
            for message in self.stack.messages.peek(quarantine):
                yield f"the properties on {quarantine}", json.dumps(dict(message.properties), ensure_ascii=False)
        yield "replies", json.dumps(self.replies, ensure_ascii=False)
        yield "delivered events", json.dumps(self.stack.events.events(), ensure_ascii=False)
        yield "the outbox", str(self.stack.ledger.outbox())

    def _tables(self) -> Iterator[tuple[str, str]]:
        with TableServiceClient.from_connection_string(Endpoints.from_devhost(self.state).storage) as service:
            for table in service.list_tables():
                for row in service.get_table_client(table.name).list_entities():
                    yield f"the table {table.name}", str(row)

    def _refused(self) -> Iterator[tuple[str, str]]:
        for quarantine in _HOLD_ORIGINALS:
            for message in self.stack.messages.peek(quarantine):
                yield quarantine, message.body.decode(errors="replace")

    def _said_of(self, review: str) -> Iterator[tuple[str, str]]:
        compliance, file = Compliance(self.state / "local.settings.json"), self.state / f"{review}.zip"
        shown = compliance("show", review, "--json")
        assert shown.code == 0, shown.err
        yield "show --json", shown.out
        assert compliance("evidence", review, "-o", file).code == 0
        with zipfile.ZipFile(file) as bundle:
            for name in bundle.namelist():
                yield "the evidence", bundle.read(name).decode(errors="replace")

    def _kept_by_operators(self, *, failures_only: bool = True) -> Iterator[tuple[str, str]]:
        assert self.stack.host
        yield "the log", self.stack.host.log
        for place, text in _hub(self.state):
            if not failures_only or "ailed" in text:
                yield place, text


def _hub(state: Path) -> Iterator[tuple[str, str]]:
    """Yield every text in the task hub's file, read from a copy because the host keeps the file locked."""
    copied = state / "hub-to-read"
    copied.mkdir(exist_ok=True)
    for file in state.glob("durable.db*"):
        shutil.copy(file, copied / file.name)
    with closing(sqlite3.connect(copied / "durable.db")) as hub:
        tables = [name for (name,) in hub.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        for table in tables:
            for row in hub.execute(f"SELECT * FROM {table}"):  # noqa: S608 the file's own table names
                yield f"the task hub's {table}", " ".join(map(str, row))


def _in(words: dict[str, str], text: str) -> Iterable[str]:
    return (what for what, word in words.items() if word in text)


def _part(connection_string: str, name: str) -> str:
    return dict(part.split("=", 1) for part in connection_string.split(";") if part)[name]
