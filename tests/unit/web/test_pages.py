"""Pages as HTML: nothing that a stranger wrote becomes markup, and nothing in it stays invisible."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser

import pytest

from tests.docs.pages import ROOT
from tests.page_states import ALL_PAGES, PAGES_OF_EVIL
from web.pages.rendering import PAGES


class Elements(HTMLParser):
    """The elements of a page, with their attributes."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def attributes(page: str) -> Iterator[tuple[str, str, str]]:
    for tag, found in Elements(page).found:
        yield from ((tag, name, value or "") for name, value in found.items())


@pytest.mark.parametrize("name", sorted(ALL_PAGES))
def test_nothing_that_a_stranger_wrote_becomes_markup(name: str) -> None:
    page = ALL_PAGES[name]
    assert "evil" in page
    assert not [tag for tag, found in Elements(page).found if found.get("class") == "evil"]
    assert not [tag for tag, found in Elements(page).found if tag == "script" and not found.get("src")]
    assert "{{7*7}}" in page


@pytest.mark.parametrize("name", sorted(ALL_PAGES))
def test_nothing_in_a_page_is_invisible(name: str) -> None:
    hidden = ("\u202e", "\u200b", "\x00")
    page = ALL_PAGES[name]
    # What somebody wrote comes back into their form as it was.
    shown = [
        line
        for line in page.splitlines()
        if "</textarea>" not in line and "<input" not in line and "<option" not in line
    ]
    assert not [line for line in shown if any(character in line for character in hidden)]


@pytest.mark.parametrize("name", sorted(ALL_PAGES))
def test_pages_keep_to_their_content_security_policy(name: str) -> None:
    found = list(attributes(ALL_PAGES[name]))
    assert not [each for each in found if each[1] == "style" or each[1].startswith("on")]
    assert not [each for each in Elements(ALL_PAGES[name]).found if each[0] == "style"]
    assert not [each for each in found if each[1] in ("src", "href", "action") and not each[2].startswith(("/", "#"))]


@pytest.mark.parametrize("name", sorted(ALL_PAGES))
def test_every_label_has_its_field_and_no_id_is_there_twice(name: str) -> None:
    found = list(attributes(ALL_PAGES[name]))
    ids = [value for _, attribute, value in found if attribute == "id"]
    named = {
        part
        for _, attribute, value in found
        if attribute in ("for", "aria-labelledby", "aria-describedby")
        for part in value.split()
    }
    assert len(ids) == len(set(ids))
    assert named <= set(ids)


def test_every_page_says_who_one_is() -> None:
    for name in ("waiting", "review", "documents", "submit"):
        assert "Signed in as" in PAGES_OF_EVIL[name]
    assert "Not signed in" in PAGES_OF_EVIL["not_sent"]


def test_what_was_found_is_read_before_the_decision_is_sent() -> None:
    page = PAGES_OF_EVIL["review"]
    assert page.index("What the inspection found") < page.index("Send my decision")


def test_every_template_is_shown_in_some_test() -> None:
    pages = {path.name.partition(".")[0] for path in (PAGES / "templates").glob("*.j2")}
    assert pages - {"base", "icons", "parts", "decision_fields", "strip"} == set(PAGES_OF_EVIL)


def test_the_page_for_reviewers_quotes_what_the_front_door_says() -> None:
    guide = (ROOT / "docs" / "for-reviewers.md").read_text(encoding="utf-8")
    said = re.findall(r"^\| ([A-Z][^|`]*) \| ", guide.partition("## With the command")[0], re.MULTILINE)
    folders = (ROOT / "web", ROOT / "compliance")
    sources = "".join(path.read_text(encoding="utf-8") for each in folders for path in each.rglob("*.py")).lower()
    assert len(said) == 5
    assert [text for text in said if text.lower().removesuffix(" ...") not in sources] == []
