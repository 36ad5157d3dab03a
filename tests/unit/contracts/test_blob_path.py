"""A location in the ledger is one text; its container ends at the first slash."""

from __future__ import annotations

import pytest

from contracts.blob_path import BlobPath


@pytest.mark.parametrize(
    ("text", "container", "name"),
    [("published/a.pdf", "published", "a.pdf"), ("archived/ab12/2026/a b.pdf", "archived", "ab12/2026/a b.pdf")],
)
def test_a_path_comes_back_from_its_text(text: str, container: str, name: str) -> None:
    path = BlobPath.parse(text)

    assert path == BlobPath(container, name)
    assert str(path) == text
