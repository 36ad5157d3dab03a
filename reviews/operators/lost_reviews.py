"""Write the review that the ledger has lost, from the copy in storage that names it."""

from __future__ import annotations

from dataclasses import replace

from adapters.blobs.moved_copies import MovedCopy, copies_of
from adapters.policies import policies
from compliance.document import review_id
from compliance.review import Head
from contracts.blob_path import BlobPath
from contracts.document_metadata import DOCUMENT_CLASS, MODIFIER, REVIEW_ID, SUBMITTER, metadata_value
from contracts.messages.commands import ReviewRepairV1
from contracts.messages.strict_json import MalformedMessageError
from contracts.names import ARCHIVED, PENDING, PUBLISHED, SUBMISSIONS
from reviews.app import App


async def write_lost_review(app: App, command: ReviewRepairV1) -> Head | None:
    """Open the review of a copy's document again, with today's policy. Returns its head, None if no copy names it.

    The copy is the one that the command names, or that of a document in an incoming container.
    """
    copy = await _copy(app, command)
    document = copy.document if copy else None
    if copy is None or document is None:
        return None
    try:
        policy = policies().resolve(policies().class_of(document.name, _claim(copy, DOCUMENT_CLASS)))
    except KeyError:  # the policy of its class is gone
        policy = policies().resolve(policies().class_of(document.name, None))
    version = replace(document, sha256=None)  # the repair notes it
    submitter, modifier = _claim(copy, SUBMITTER), _claim(copy, MODIFIER)
    head = Head(command.review_id, version, policy, submitter, modifier)
    await app.ledger.unfinished.put(head)
    await app.ledger.names.put(head)
    await app.ledger.insert(head)
    return await app.ledger.get(command.review_id)


async def _copy(app: App, command: ReviewRepairV1) -> MovedCopy | None:
    if command.copy_at:
        path = BlobPath.parse(command.copy_at)
        is_place = path.container in (PUBLISHED, ARCHIVED) and path.name
        blob = await app.documents.current(path.container, path.name) if is_place else None
        return MovedCopy(blob) if blob and blob.metadata.get(REVIEW_ID) == command.review_id else None
    for container in (PENDING, SUBMISSIONS):
        async for blob in app.documents.blobs(container):
            if review_id(blob.container, blob.name, blob.etag) == command.review_id:
                copies = await copies_of(app.documents, command.review_id, blob.name)
                return copies[0] if copies else None
    return None


def _claim(copy: MovedCopy, name: str) -> str | None:
    try:
        return metadata_value(copy.blob.metadata, name)
    except MalformedMessageError:
        return None
