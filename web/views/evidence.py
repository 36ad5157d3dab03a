"""The evidence of a review, for auditors: what `compliance evidence` writes, without the document."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from io import BytesIO

from adapters.evidence_bundle.bundling import bundle_with_keys
from adapters.evidence_bundle.page import page_of
from adapters.settings import Settings
from adapters.stored_evidence import FaultError, copy_of, stored_evidence
from evidence.bundle import write_bundle
from evidence.checks import Evidence, first_fault
from web.door import Door
from web.problems import ProblemError, conflict, not_allowed, not_found
from web.views.one_review import Seen


async def evidence_of(door: Door, seen: Seen) -> bytes:
    """Return the bundle of a review, a ZIP file. The completion event is not in it. Raises ProblemError."""
    if not seen.permissions.evidence:
        raise not_allowed("evidence is for auditors (role Auditor)")
    try:
        found = await stored_evidence(door.ledger, seen.head.review_id)
    except FaultError as error:
        raise _not_sound(error.fault) from error
    if found is None:
        raise not_found()
    found = replace(found, copy=await copy_of(door.documents, found))
    if fault := await asyncio.to_thread(first_fault, found):
        raise _not_sound(fault)
    try:
        return await asyncio.to_thread(_bundle, found, door.settings)
    except ValueError as error:
        raise conflict("too-large", str(error)) from error


def _bundle(found: Evidence, chosen: Settings) -> bytes:
    file = BytesIO()
    write_bundle(file, bundle_with_keys(found, chosen, logging.warning), page_of(found), None)
    return file.getvalue()


def _not_sound(fault: object) -> ProblemError:
    return conflict("not-sound", f"the evidence is not sound: {fault}")
