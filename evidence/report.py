"""The result of verifying evidence: what is proved, and what is not, as JSON and in words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel

from compliance.history import AuditEvent
from contracts.plain_text import escape_invisible, quantity
from evidence.chain_check import Anchor, Fault
from evidence.checks import GIVEN, MOVED, Evidence, anchors, is_from_before_repair
from evidence.event_check import EVENT
from evidence.proof_check import Vouched

_GIVE_DIGEST: Final = "give --digest DIGEST of the completion event that you received"


class VouchedJson(BaseModel):
    """One attestation: the front door vouches that a person had signed in when they sent this."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, frozen=True)

    where: str
    person: str
    issuer: str
    tenant_id: str
    object_id: str
    authenticated_at: datetime | None  # null if the token of the sign-in did not say
    entered_code: bool
    kid: str  # of the front door's key


class Verification(BaseModel):
    """The result of verifying. `proofs` is null if there were none, or no keys to check them with."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, frozen=True)

    review_id: str | None  # null if the bundle does not hold what was written into it
    sound: bool
    fault: Fault | None
    records: int
    decisions: int
    proofs: int | None
    unchecked_proofs: int  # for want of keys
    vouched: tuple[VouchedJson, ...]
    unchecked_attestations: int  # for want of the front door's keys
    anchors: tuple[str, ...]  # the digests at hand that are kept outside of the trail, and of the file
    document: bool  # whether the document's bytes were at hand
    compared: Literal["sha256", "etag"] | None = None  # of the moved document with the record; null if it was not
    not_proved: tuple[str, ...]  # and what would prove it


def report(
    evidence: Evidence,
    fault: Fault | None,
    *,
    from_file: bool,
    proofs: int | None = None,
    unchecked: int = 0,
    unchecked_attestations: int = 0,
    vouched: Sequence[Vouched] = (),
    keys_given: bool = False,
    front_door_given: bool = False,
) -> Verification:
    """Report on a review in the ledger, or in a file that anybody may have made."""
    outside = [anchor for anchor in anchors(evidence) if anchor.source == GIVEN or not from_file]
    unproved = [*_unproved_end(len(evidence.records), outside, from_file=from_file)]
    for number, record in enumerate(evidence.records, start=1):
        if record.content.get("event") == AuditEvent.REVIEW_REPAIRED:
            who = record.content.get("who")
            unproved.append(f"how the review ended: record {number} has it from {who}, not from the decisions")
    if not fault and evidence.event and is_from_before_repair(evidence, evidence.event):
        unproved.append(f"{EVENT}: it was announced before the review was repaired, and was not compared")
    if unchecked:
        unproved.append(f"{quantity(unchecked, 'proof')} of identity; give the keys with --keys")
    if from_file and proofs and not keys_given:
        unproved.append("whose keys these are: whoever made this file chose them; give keys that you trust with --keys")
    unproved += _unproved_sign_ins(vouched, unchecked_attestations, trusted=front_door_given or not from_file)
    return Verification(
        review_id=evidence.review_id,
        sound=fault is None,
        fault=fault,
        records=len(evidence.records),
        decisions=len(evidence.decisions),
        proofs=proofs,
        unchecked_proofs=unchecked,
        vouched=tuple(map(_vouched_json, vouched)),
        unchecked_attestations=unchecked_attestations,
        anchors=tuple(anchor.source for anchor in outside),
        document=evidence.document_sha256 is not None,
        not_proved=() if fault else tuple(unproved),
    )


def report_altered_bundle(fault: Fault) -> Verification:
    """Report on a bundle that was altered."""
    return Verification(
        review_id=None,
        sound=False,
        fault=fault,
        records=0,
        decisions=0,
        proofs=None,
        unchecked_proofs=0,
        vouched=(),
        unchecked_attestations=0,
        anchors=(),
        document=False,
        not_proved=(),
    )


def in_words(result: Verification) -> Iterator[str]:
    """Yield the result as lines of text, with invisible characters escaped."""
    return map(escape_invisible, _lines(result))


def _lines(result: Verification) -> Iterator[str]:
    subject = f"review {result.review_id}" if result.review_id else "the bundle"
    if result.fault:
        yield f"NOT SOUND: {subject}"
        yield str(result.fault)
        return
    yield f"{'Sound' if result.anchors else 'Sound in itself'}: {subject}"
    yield f"  {quantity(result.records, 'record')} of the audit trail: none edited, missing, out of order or foreign"
    yield f"  {quantity(result.decisions, 'decision')}, the policy and the document's version: as they were recorded"
    yield "  the rules: each decision may count, and together they lead to the recorded result, no earlier and no later"
    if result.proofs is not None:
        yield f"  {quantity(result.proofs, 'proof')} of identity: signed by the people whom they name"
    for each in result.vouched:
        yield f"  {each.where}: {_in_words(each)}"
    if result.document:
        yield f"  the document's bytes{' (by SHA-256)' if result.compared else ''}: the ones that were decided on"
    elif result.compared:
        yield "  the moved document: has the ETag that it was given when it was moved"
    for anchor in result.anchors:
        yield f"  {anchor}: names the digest of its record"
    for what in result.not_proved:
        yield f"Not proved: {what}"


def _vouched_json(vouched: Vouched) -> VouchedJson:
    sign_in = vouched.sign_in
    return VouchedJson(
        where=vouched.where,
        person=vouched.person,
        issuer=sign_in.issuer,
        tenant_id=sign_in.tenant_id,
        object_id=sign_in.object_id,
        authenticated_at=sign_in.authenticated_at,
        entered_code=sign_in.entered_code,
        kid=vouched.kid,
    )


def _in_words(vouched: VouchedJson) -> str:
    at = f" at {vouched.authenticated_at.isoformat()}" if vouched.authenticated_at else ""
    code = " and entered a one-time code" if vouched.entered_code else ""
    person = f"{vouched.person} signed in{at} as {vouched.object_id} of the tenant {vouched.tenant_id}{code}"
    return f"the front door (key {vouched.kid}) vouches that {person}"


def _unproved_sign_ins(vouched: Sequence[Vouched], unchecked: int, *, trusted: bool) -> Iterator[str]:
    """Yield what the sign-ins behind attestations did not say."""
    if unchecked:
        yield f"{quantity(unchecked, 'attestation')} of a sign-in; give the front door's keys with --attestation-keys"
    if not vouched:
        return
    if not trusted:
        yield "whose keys attest: whoever made this file chose them; give keys that you trust with --attestation-keys"
    for each in vouched:
        if each.sign_in.authenticated_at is None:
            yield f"when {each.person} signed in for {each.where}: the token did not say"
    yield "how people signed in, such as with a second factor: tokens do not say; the tenant's rules do"


def _unproved_end(records: int, outside: Sequence[Anchor], *, from_file: bool) -> Iterator[str]:
    """Yield what no anchor proves about the end of the trail."""
    if not outside:
        yield (
            f"that it happened so: whoever made this file could have made all of it; {_GIVE_DIGEST}"
            if from_file
            else "the end of the trail: no digest that is kept outside of it was at hand; give one with --digest"
        )
        return
    last = max(
        (anchor for anchor in outside if anchor.source != MOVED), key=lambda anchor: anchor.records, default=None
    )
    if last is None:
        yield (
            "the end of the trail, nor anything against somebody who may also write the documents' containers: no "
            f"completion event was at hand, only {MOVED}; {_GIVE_DIGEST}"
        )
    elif last.records < records:
        yield f"what came after record {last.records} of {records}, which {last.source} names"
