"""What `compliance verify` found: what is proved, and what is not however well it all fits together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from cli.terminal import counted
from contracts.models import OutboundModel
from evidence.chain_check import Anchor, Fault, Wrong
from evidence.checks import GIVEN, MOVED, Evidence, anchors

_GIVE_DIGEST: Final = "give --digest DIGEST of the completion event that you received"


class FaultShape(OutboundModel):
    """What is wrong with which piece of evidence."""

    where: str
    wrong: Wrong
    text: str


class Verification(OutboundModel):
    """What was checked. `proofs` is null where there were none, or no keys to check them with."""

    review_id: str | None  # null where the file's own is not what was written
    sound: bool
    fault: FaultShape | None
    records: int
    decisions: int
    proofs: int | None
    unchecked_proofs: int  # for want of keys
    anchors: tuple[str, ...]  # which digests that are kept outside of the trail, and of the file, were at hand
    document: bool  # whether the document's bytes were
    not_proved: tuple[str, ...]  # and what would prove it


def verification(
    evidence: Evidence,
    fault: Fault | None,
    *,
    from_file: bool,
    proofs: int | None = None,
    unchecked: int = 0,
    keys_given: bool = False,
) -> Verification:
    """What was found of a review in the ledger, or in a file that anybody may have made."""
    outside = [anchor for anchor in anchors(evidence) if anchor.source == GIVEN or not from_file]
    unproved = [*_unproved_end(len(evidence.lines), outside, from_file=from_file)]
    if unchecked:
        unproved.append(f"{counted(unchecked, 'proof')} of identity; give the keys with --keys")
    if from_file and proofs and not keys_given:
        unproved.append("whose keys these are: whoever made this file chose them; give keys that you trust with --keys")
    return Verification(
        review_id=evidence.review_id,
        sound=fault is None,
        fault=_shape(fault) if fault else None,
        records=len(evidence.lines),
        decisions=len(evidence.decisions),
        proofs=proofs,
        unchecked_proofs=unchecked,
        anchors=tuple(anchor.source for anchor in outside),
        document=evidence.document_sha256 is not None,
        not_proved=() if fault else tuple(unproved),
    )


def unreadable(fault: Fault) -> Verification:
    """What was found of a bundle that does not hold what was written into it."""
    return Verification(
        review_id=None,
        sound=False,
        fault=_shape(fault),
        records=0,
        decisions=0,
        proofs=None,
        unchecked_proofs=0,
        anchors=(),
        document=False,
        not_proved=(),
    )


def in_words(checked: Verification) -> Iterator[str]:
    """The same for people, line by line."""
    of_review = f" review {checked.review_id}" if checked.review_id else " the bundle"
    if checked.fault:
        yield f"NOT SOUND:{of_review}"
        yield f"{checked.fault.where}: {checked.fault.wrong}: {checked.fault.text}"
        return
    yield f"{'Sound' if checked.anchors else 'Sound in itself'}:{of_review}"
    yield f"  {counted(checked.records, 'record')} of the audit trail: none edited, missing, out of order or foreign"
    yield f"  {counted(checked.decisions, 'decision')}, the policy and the document's version: as they were recorded"
    yield "  by the rules: each decision could count, and they lead to where the review stands, no earlier, no later"
    if checked.proofs is not None:
        yield f"  {counted(checked.proofs, 'proof')} of identity: signed by whom they name"
    if checked.document:
        yield "  the document's bytes: those that were decided on"
    for anchor in checked.anchors:
        yield f"  {anchor}: names the digest of its record"
    for what in checked.not_proved:
        yield f"Not proved: {what}"


def _unproved_end(records: int, outside: Sequence[Anchor], *, from_file: bool) -> Iterator[str]:
    """What the anchors leave open of the trail's end."""
    if not outside:
        yield (
            f"that it happened so: whoever made this file could have made all of it; {_GIVE_DIGEST}"
            if from_file
            else "no digest that is kept outside of the trail was at hand; give one with --digest"
        )
        return
    last = max(
        (anchor for anchor in outside if anchor.source != MOVED), key=lambda anchor: anchor.records, default=None
    )
    if last is None:
        yield (
            "the end of the trail, nor anything against who may write the documents' containers too: no completion "
            f"event was at hand, only {MOVED}; {_GIVE_DIGEST}"
        )
    elif last.records < records:
        yield f"what came after record {last.records} of {records}, which {last.source} names"


def _shape(fault: Fault) -> FaultShape:
    return FaultShape(where=fault.where, wrong=fault.wrong, text=fault.text)
