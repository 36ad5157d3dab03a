"""A command's session: it finds the settings, opens the clients and closes them at the end."""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Mapping
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

import click

from cli.failures import CommandError, ExitCode
from cli.options import Options

if TYPE_CHECKING:
    from azure.data.tables.aio import TableClient

    from adapters.blobs.documents import Documents
    from adapters.clients import Clients
    from adapters.ledger.bindings import Bindings
    from adapters.ledger.delegations import Delegations
    from adapters.ledger.key_reports import KeyReports
    from adapters.ledger.quarantine_log import QuarantineLog
    from adapters.ledger.store import Ledger
    from adapters.messaging.messages import Messages
    from adapters.settings import Part, Settings, SettingsError

# The form in which Azure Functions Core Tools keep local settings.
# https://learn.microsoft.com/azure/azure-functions/functions-develop-local#local-settings-file
_LOCAL_SETTINGS: Final = Path("local.settings.json")
_OURS: Final = ("Documents", "ServiceBus", "EventGridTopic")

T = TypeVar("T")


class Session:
    """The adapters while a command runs. Each is imported and opened when it is first used."""

    def __init__(self, settings: Settings, clients: Clients) -> None:
        self.settings = settings
        self.clients = clients

    @property
    def table(self) -> TableClient:
        """The table of the ledger."""
        return self.clients.ledger_table

    @cached_property
    def ledger(self) -> Ledger:
        """The ledger of reviews."""
        from adapters.ledger.store import Ledger

        return Ledger(self.table)

    @cached_property
    def bindings(self) -> Bindings:
        """Which account has which name."""
        from adapters.ledger.bindings import Bindings

        return Bindings(self.table)

    @cached_property
    def key_reports(self) -> KeyReports:
        """Which keys of the front door the app's processes know."""
        from adapters.ledger.key_reports import KeyReports

        return KeyReports(self.table)

    @cached_property
    def delegations(self) -> Delegations:
        """Who stands in for whom."""
        from adapters.ledger.delegations import Delegations

        return Delegations(self.table)

    @cached_property
    def quarantine_log(self) -> QuarantineLog:
        """The log of the quarantine."""
        from adapters.ledger.quarantine_log import QuarantineLog

        return QuarantineLog(self.table)

    @cached_property
    def documents(self) -> Documents:
        """The containers of documents."""
        from adapters.blobs.documents import Documents

        return Documents(self.clients.blobs)

    @cached_property
    def messages(self) -> Messages:
        """The queues and topics."""
        from adapters.messaging.messages import Messages

        return Messages(self.clients.service_bus)

    @property
    def policy_file(self) -> Path | None:
        """The policy file that the settings name or that is installed here; None if there is no such file."""
        file = self.settings.policy_file
        return file if file.is_file() else None

    async def close(self) -> None:
        """Close what is open."""
        if "messages" in vars(self):
            await self.messages.close()
        await self.clients.close()


def reach_storage(context: click.Context) -> None:
    """Raise CommandError if storage does not answer. Comes before what a command imports, which takes a second.

    Settings that cannot be used are reported when they are: first comes what is wrong in the command itself.
    """
    from adapters.settings import Part, Settings

    _reach(context, Part.STORAGE, Settings.table_address)


def reach_service_bus(context: click.Context) -> None:
    """Raise CommandError if Service Bus does not answer."""
    from adapters.settings import Part, Settings

    _reach(context, Part.SERVICE_BUS, Settings.service_bus_address)


def _reach(context: click.Context, part: Part, address: Callable[[Settings], str]) -> None:
    from adapters.settings import SettingsError

    settings, _ = read_settings(context)
    try:
        settings.check(part)
    except SettingsError:
        return
    _probe(context.ensure_object(Options).reached, address(settings), part)


def _probe(reached: set[str], address: str, part: Part) -> None:
    from cli.access.reachability import check_reachable

    if address not in reached:
        check_reachable(address, part)
        reached.add(address)


def in_session(context: click.Context, work: Callable[[Session], Awaitable[T]]) -> T:
    """Run a command's work and close every client afterwards, even if it fails."""
    import asyncio

    from adapters.clients import Clients
    from adapters.settings import SettingsError

    options = context.ensure_object(Options)
    if not options.verbose:
        # The SDKs log each failed attempt; the error that ends the command is enough.
        logging.getLogger("azure").setLevel(logging.CRITICAL)
    settings, place = read_settings(context)
    clients = Clients(settings, partial(_probe, options.reached))

    async def run() -> T:
        # Held until the end: the Service Bus client closes only the senders and receivers that are still referenced.
        session = Session(settings, clients)
        try:
            return await work(session)
        finally:
            await session.close()

    try:
        return asyncio.run(run())
    except SettingsError as error:
        raise _in_place(error, place) from error


def _in_place(error: SettingsError, place: str) -> CommandError:
    return CommandError(f"{error}\nThey were read from {place}.", ExitCode.USAGE)


async def run_together(work: Iterable[Coroutine[Any, Any, T]]) -> list[T]:
    """Run coroutines at once. If one fails, cancel the others before raising: none may outlive the clients."""
    import asyncio

    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(each) for each in work]
    except ExceptionGroup as failures:
        raise failures.exceptions[0] from None
    return [task.result() for task in tasks]


def read_settings(context: click.Context) -> tuple[Settings, str]:
    """Return the settings in the named file, else the environment, else ./local.settings.json, and that place.

    They are not checked. Raises CommandError if the file cannot be read.
    """
    from adapters.settings import Settings

    named = context.ensure_object(Options).settings_file
    in_environment = any(name.partition("__")[0] in _OURS for name in os.environ)
    if in_variable := os.environ.get("COMPLIANCE_SETTINGS"):
        named = named or Path(in_variable)
    if file := named or (_LOCAL_SETTINGS if _LOCAL_SETTINGS.is_file() and not in_environment else None):
        return Settings.unchecked(read_settings_file(file)), str(file)
    place = "the environment. Name a file with --settings or COMPLIANCE_SETTINGS; for the stack of `make run` it is "
    return Settings.unchecked(os.environ), place + ".devhost/local.settings.json"


def read_settings_file(file: Path) -> Mapping[str, str]:
    """Read the settings in a local.settings.json. Raises CommandError if it is not one."""
    try:
        content = json.loads(file.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise CommandError(f"the settings file {file} cannot be read: {error.strerror}", ExitCode.USAGE) from error
    except ValueError as error:
        raise CommandError(f"the settings file {file} is not JSON: {error}", ExitCode.USAGE) from error
    values = content.get("Values") if isinstance(content, dict) else None
    if not isinstance(values, dict) or not all(isinstance(value, str) for value in values.values()):
        raise CommandError(f'the settings file {file} needs an object "Values" with text values only', ExitCode.USAGE)
    if content.get("IsEncrypted"):
        text = f"the settings file {file} is encrypted; decrypt it with `func settings decrypt`"
        raise CommandError(text, ExitCode.USAGE)
    return values
