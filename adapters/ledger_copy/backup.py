"""Write an export of the ledger into the container `audit`, block by block."""

from __future__ import annotations

from adapters.clients import Clients
from adapters.ledger_copy.exporting import export_ledger
from adapters.ledger_copy.lines import Lines
from adapters.probe import Probe
from adapters.telemetry import log_ledger_exported
from contracts.names import AUDIT


class LedgerBackup:
    """Exports of the ledger, one blob each, never overwritten."""

    def __init__(self, clients: Clients) -> None:
        self._clients = clients

    async def write(self) -> str:
        """Export the ledger, never more than a block of it in memory. Returns the name of the new blob."""
        now, lines = await Probe(self._clients).storage_time(), Lines()
        name = f"ledger/{now:%Y-%m-%dT%H-%M-%S}Z.jsonl"
        blob = self._clients.blobs.get_blob_client(AUDIT, name)
        await blob.upload_blob(export_ledger(self._clients.ledger_table, lines), overwrite=False)
        log_ledger_exported(lines.rows, lines.digest)
        return name
