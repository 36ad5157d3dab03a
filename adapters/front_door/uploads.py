"""Documents that people submit at the front door, in the container `submissions`, to which it may write."""

from __future__ import annotations

from typing import Any

from azure.core import MatchConditions
from azure.core.exceptions import ResourceExistsError, ResourceModifiedError, ResourceNotFoundError
from azure.storage.blob import ContentSettings

from adapters.blobs.documents import Documents, quoted
from compliance.document import bare_etag
from contracts.names import SUBMISSIONS


class UploadConflictError(Exception):
    """Something else lies under the name meanwhile."""


async def upload(
    documents: Documents, name: str, content: bytes, *, content_type: str, metadata: dict[str, str], over: str | None
) -> str:
    """Write a document over the version with the ETag `over`, or where there is none. Returns its ETag.

    Raises UploadConflictError.
    """
    condition: dict[str, Any] = (
        {"etag": quoted(over), "match_condition": MatchConditions.IfNotModified} if over else {"overwrite": False}
    )
    if over:
        condition["overwrite"] = True
    try:
        written = await documents.client(SUBMISSIONS, name).upload_blob(
            content, content_settings=ContentSettings(content_type=content_type), metadata=metadata, **condition
        )
    except (ResourceExistsError, ResourceModifiedError, ResourceNotFoundError) as error:
        raise UploadConflictError(f"another document lies under the name {name}") from error
    return bare_etag(str(written["etag"]))
