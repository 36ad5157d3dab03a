"""Writes the JSON Schemas of all contracts: `python -m contracts.schema_export`. A test fails when they differ."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from pydantic import BaseModel

from contracts.messages import commands, events, outbound, submissions
from contracts.messages import decisions as inbound
from contracts.policy_file import shape as policy_file

DIRECTORY: Final = Path(__file__).parent / "schemas"
_DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"

CONTRACTS: Final[tuple[type[BaseModel], ...]] = (
    inbound.DecisionSubmittedV1,
    inbound.ChangesRequestedV1,
    inbound.ReviewWithdrawnV1,
    inbound.RetractionV1,
    inbound.DelegationV1,
    commands.AnnounceOutcomeV1,
    commands.RevokePersonV1,
    commands.BindPersonV1,
    commands.UnbindPersonV1,
    commands.ReassignPlaceV1,
    commands.QuarantineHandledV1,
    commands.ReviewRepairV1,
    commands.ReindexLedgerV1,
    submissions.DocumentSubmittedV1,
    submissions.DocumentSubmittedV2,
    submissions.BlobCreated,
    outbound.ReviewRequestedV1,
    outbound.DecisionAnsweredV1,
    events.ReviewCompletedV1,
    events.DocumentRetractedV1,
    events.DecisionRefusedV1,
    events.SubmissionRefusedV1,
    policy_file.PolicyFile,
)


def schemas() -> Iterator[tuple[Path, str]]:
    """Yield the file of each schema and its text."""
    for contract in CONTRACTS:
        mode = "serialization" if issubclass(contract, outbound.OutboundModel) else "validation"
        schema = {"$schema": _DIALECT, **contract.model_json_schema(by_alias=True, mode=mode)}
        yield DIRECTORY / f"{contract.__name__}.json", json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    for path, text in schemas():
        path.write_text(text, encoding="utf-8")
