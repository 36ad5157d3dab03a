"""A blob whose name is no text gets no review, whichever road it came by."""

from __future__ import annotations

from typing import Any

import pytest

from adapters.blobs.documents import Blob
from contracts.names import PENDING, SUBMISSIONS
from reviews.opening import SubmissionRefusedError, open_blob
from tests.malformed import NO_TEXT

UNUSED: Any = None


@pytest.mark.parametrize("name", NO_TEXT)
@pytest.mark.parametrize("container", [PENDING, SUBMISSIONS])
async def test_a_name_that_is_no_text_is_refused(container: str, name: str) -> None:
    blob = Blob(container, name, '"0x1"', 3, "text/plain", {}, None)

    with pytest.raises(SubmissionRefusedError, match=r"the character U\+") as refused:
        await open_blob(UNUSED, UNUSED, blob)

    assert refused.value.blob == (blob if container == PENDING else None)
