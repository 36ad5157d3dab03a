"""Blob metadata holds ASCII only; names beyond it survive the way there and back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compliance.people.identity import person_key
from contracts.document_metadata import DOCUMENT_CLASS, MODIFIER, SUBMITTER, metadata_of, metadata_value
from contracts.messages.strict_json import MalformedMessageError

printable = st.text(st.characters(exclude_categories=["Cc", "Cs"]), min_size=1, max_size=40).filter(person_key)


@given(document_class=st.none() | printable, submitter=st.none() | printable, modifier=st.none() | printable)
def test_what_was_set_is_what_is_read(document_class: str | None, submitter: str | None, modifier: str | None) -> None:
    metadata = metadata_of(document_class, submitter, modifier)
    assert "".join([*metadata, *metadata.values()]).isascii()
    assert metadata_value(metadata, DOCUMENT_CLASS) == document_class
    assert metadata_value(metadata, SUBMITTER) == submitter
    assert metadata_value(metadata, MODIFIER) == modifier


def test_plain_ascii_stays_as_it_is() -> None:
    assert metadata_of("contract", "sam+news@example.org") == {
        "documentclass": "contract",
        "submitter": "sam+news@example.org",
    }


def test_others_may_write_plain_values_too() -> None:
    assert metadata_value({"submitter": "Sam Smith"}, SUBMITTER) == "Sam Smith"


@pytest.mark.parametrize("value", ["", "%20", "%E2%80%8B", "a%0Ab", "a%00", "%ff", "x" * 257, "%F0%9F%98%80" * 257])
def test_a_value_that_is_no_name_is_refused_with_its_place(value: str) -> None:
    with pytest.raises(MalformedMessageError, match="blob metadata submitter"):
        metadata_value({"submitter": value}, SUBMITTER)


@pytest.mark.parametrize("value", ["", " ", "a\nb", "x" * 257])
def test_an_uploader_is_told_before_the_upload(value: str) -> None:
    with pytest.raises(MalformedMessageError, match="documentclass"):
        metadata_of(value, None)
