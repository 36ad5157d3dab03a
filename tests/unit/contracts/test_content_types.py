"""The content type that `compliance submit` declares, on every machine alike."""

from __future__ import annotations

import gzip

import pytest

from contracts.content_types import content_type_of
from tests.unit.adapters.content.crafted_compound import compound
from tests.unit.adapters.content.findings import kinds

ANY = "application/octet-stream"


@pytest.mark.parametrize(
    ("name", "declared"),
    [
        ("a.csv.gz", "application/gzip"),
        ("a.xml.GZ", "application/gzip"),
        ("a.txt.bz2", "application/x-bzip2"),
        ("a.tar.xz", "application/x-xz"),
        ("letter.dot", "application/msword"),
        ("slides.pot", "application/vnd.ms-powerpoint"),
        ("film.ts", ANY),
        ("library.a", ANY),
        ("a.csv", "text/csv"),
        ("folder.csv/a", ANY),
        ("report.PDF", "application/pdf"),
        ("none", ANY),
    ],
)
def test_the_type_is_that_of_the_file_itself(name: str, declared: str) -> None:
    assert content_type_of(name) == declared


def test_what_is_declared_does_not_get_an_honest_file_refused() -> None:
    template = compound({"WordDocument": b"\xec\xa5\xc1\0".ljust(900, b"\0")})

    assert kinds(gzip.compress(b"a,b\n"), "a.csv.gz", content_type_of("a.csv.gz")) == set()
    assert kinds(template, "a.dot", content_type_of("a.dot")) == set()


@pytest.mark.parametrize("name", ["a.dot", "a.csv.gz", "film.ts"])
@pytest.mark.parametrize("declared", ["text/vnd.graphviz", "text/plain", "text/csv", "application/xml"])
def test_a_text_that_the_extension_contradicts_claims_nothing(name: str, declared: str) -> None:
    content = {"a.dot": compound({"WordDocument": bytes(900)}), "a.csv.gz": gzip.compress(b"a,b\n")}.get(
        name, b"G\0\1" * 99
    )

    assert "type_mismatch" not in kinds(content, name, declared)
