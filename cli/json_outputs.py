"""What each command prints with `--json`; `python -m cli.json_outputs` writes the JSON Schemas."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from pydantic import TypeAdapter

from cli.access.account import AccessJson
from cli.answers import AnswerJson
from cli.decisions.deciding import DecidedJson
from cli.decisions.delegations import DelegationJson
from cli.doctor.examination import Report
from cli.documents.fetching import FetchedJson
from cli.documents.uploading import SubmissionJson
from cli.evidence.write import WrittenBundle
from cli.ledger.copying import CopyJson
from cli.ledger.reindexing import ReindexJson
from cli.people.bindings import BindingChangeJson, PersonJson
from cli.quarantine.handling import HandledJson
from cli.quarantine.refused_messages import FullRefusedMessageJson, RefusedMessageJson
from cli.quarantine.words import StepJson
from cli.reports.report_text import ReportJson
from cli.reviews.policy_file import PolicyFileJson
from cli.reviews.review_json import FullReviewJson, ReviewJson
from evidence.report import Verification

SCHEMAS: Final = Path(__file__).parent / "schemas"
_DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"

# By the words after `compliance`. `watch` prints events as they were published, `keys list` a JWK Set.
JSON_OUTPUTS: Final[dict[str, Any]] = {
    "submit": list[SubmissionJson],
    "decide": list[DecidedJson],
    "approve": list[DecidedJson],
    "reject": list[DecidedJson],
    "withdraw": AnswerJson,
    "retract": AnswerJson,
    "delegate": AnswerJson,
    "delegate list": list[DelegationJson],
    "list": list[ReviewJson],
    "show": FullReviewJson,
    "report": ReportJson,
    "fetch": FetchedJson,
    "open": FetchedJson,
    "announce": AnswerJson,
    "revoke": AnswerJson,
    "reassign": AnswerJson,
    "people bind": AnswerJson,
    "people unbind": AnswerJson,
    "people list": list[PersonJson],
    "people history": list[BindingChangeJson],
    "repair": AnswerJson,
    "doctor": Report,
    "verify": Verification,
    "evidence": WrittenBundle,
    "quarantine list": list[RefusedMessageJson],
    "quarantine show": FullRefusedMessageJson,
    "quarantine replay": list[HandledJson],
    "quarantine discard": list[HandledJson],
    "quarantine history": list[StepJson],
    "policy check": PolicyFileJson,
    "login": AccessJson,
    "ledger export": CopyJson,
    "ledger import": CopyJson,
    "ledger reindex": ReindexJson,
}


def json_schemas() -> Iterator[tuple[Path, str]]:
    """Yield the file of each command's schema and its text."""
    for command, output in JSON_OUTPUTS.items():
        schema = {"$schema": _DIALECT, **TypeAdapter(output).json_schema(mode="serialization")}
        yield SCHEMAS / f"{command.replace(' ', '-')}.json", json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    SCHEMAS.mkdir(exist_ok=True)
    for file, text in json_schemas():
        file.write_text(text, encoding="utf-8")
