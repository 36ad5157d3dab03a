"""Pages as HTML: nothing that a stranger wrote becomes markup, and nothing in it stays invisible."""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Iterator
from datetime import UTC, datetime
from html.parser import HTMLParser
from typing import Any, Final

import pytest

from compliance.outcome import Vote
from web.pages.documents import OwnLine
from web.pages.rendering import PAGES, html
from web.pages.review import Entered
from web.pages.view_models import (
    DecisionForm,
    EarlierShown,
    Effect,
    EventShown,
    Mark,
    Mood,
    Notice,
    PersonShown,
    Reader,
    Result,
    ReviewShown,
    SeveralForm,
    StageShown,
    Strip,
    Viewer,
    WaitingLine,
)

EVIL: Final = "<b class=evil>'\"`{{7*7}}</b></textarea></title><script>x</script>\u202e\u200b\x00"
OURS: Final = "in our own words"
AT: Final = datetime(2026, 11, 29, 14, 51, tzinfo=UTC)
READER: Final = Reader(EVIL, EVIL)
PERSON: Final = PersonShown(EVIL, Mood.BAD, "rejected", AT, EVIL * 30, EVIL)
FORM: Final = DecisionForm(EVIL, EVIL, EVIL, True, EVIL, Vote.REJECT, EVIL, OURS, OURS)
REVIEW: Final = ReviewShown(
    review_id="a" * 64,
    name=f"{EVIL}/{EVIL}",
    document_class=EVIL,
    submitter=EVIL,
    submitted_at=AT,
    length=1234,
    document_sha256="b" * 64,
    viewer=Viewer.PDF,
    is_readable=True,
    mood=Mood.PLAIN,
    state=OURS,
    sentence=EVIL,
    due=AT,
    ended_at=AT,
    is_overdue=True,
    form=FORM,
    effect=Effect(EVIL, AT, "c" * 64),
    may_withdraw=EVIL,
    findings=[(OURS, EVIL)],
    stages=[StageShown(EVIL, OURS, EVIL, [PERSON])],
    events=[EventShown(AT, EVIL, EVIL)],
    strip=Strip(AT, AT, OURS, 50.0, [Mark(10.0, "approved", Mood.GOOD)], EVIL),
    earlier=[EarlierShown("d" * 64, Mood.WARN, OURS, AT, EVIL, EVIL)],
    same_bytes=[EVIL],
    rules=[(OURS, EVIL)],
)
BACK: Final = ("/", "Waiting for me")
LINE: Final = WaitingLine("a" * 64, EVIL, EVIL, EVIL, OURS, AT, True, EVIL, EVIL, is_ticked=True)
SEVERAL: Final = SeveralForm([(EVIL, EVIL)], FORM)
OF_WAITING: Final[dict[str, Any]] = {
    "reader": READER,
    "summary": OURS,
    "more": None,
    "is_first": True,
    "several": SEVERAL,
    "cursor": EVIL,
}
_Named = namedtuple("_Named", ["name", "document_class"])
PAGES_OF_EVIL: Final[dict[str, str]] = {
    "waiting": html("waiting", lines=[LINE], **OF_WAITING),
    "review": html(
        "review",
        reader=READER,
        review=REVIEW,
        said=Notice(Mood.BAD, EVIL, EVIL, [("/", EVIL)]),
        kept=EVIL,
        withdrawal=Entered(reason=EVIL, reason_error=OURS),
        newer="f" * 64,
        is_me=lambda _: True,
        next_version="/submit?name=x",
        back=BACK,
    ),
    "documents": html(
        "documents",
        reader=READER,
        lines=[OwnLine("a" * 64, EVIL, EVIL, AT, Mood.BAD, OURS, EVIL, AT, EVIL, EVIL, "/submit?name=x")],
        more=None,
        is_first=True,
    ),
    "submit": html(
        "submit",
        reader=READER,
        token=EVIL,
        classes=[EVIL],
        entered=_Named(EVIL, EVIL),
        most=OURS,
        errors={"file": EVIL, "name": EVIL, "documentClass": EVIL},
    ),
    "decided": html(
        "decided", reader=READER, summary=OURS, results=[Result("a" * 64, EVIL, "e" * 64, Notice(Mood.BAD, OURS, EVIL))]
    ),
    "no_document": html("no_document", text=EVIL),
    "message": html("message", title=OURS, texts=[EVIL], links=[("/", OURS, True)]),
    "not_sent": html(
        "not_sent",
        title=OURS,
        why=EVIL,
        action="/x",
        sign_in="/y",
        kept_fields=[(EVIL, EVIL), ("decision", EVIL)],
        texts=[("comment", EVIL)],
    ),
}


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


@pytest.mark.parametrize("name", sorted(PAGES_OF_EVIL))
def test_nothing_that_a_stranger_wrote_becomes_markup(name: str) -> None:
    page = PAGES_OF_EVIL[name]
    assert "evil" in page
    assert not [tag for tag, found in Elements(page).found if found.get("class") == "evil"]
    assert not [tag for tag, found in Elements(page).found if tag == "script" and not found.get("src")]
    assert "{{7*7}}" in page


@pytest.mark.parametrize("name", sorted(PAGES_OF_EVIL))
def test_nothing_in_a_page_is_invisible(name: str) -> None:
    hidden = ("\u202e", "\u200b", "\x00")
    page = PAGES_OF_EVIL[name]
    # What somebody wrote comes back into their form as it was.
    shown = [
        line
        for line in page.splitlines()
        if "</textarea>" not in line and "<input" not in line and "<option" not in line
    ]
    assert not [line for line in shown if any(character in line for character in hidden)]


@pytest.mark.parametrize("name", sorted(PAGES_OF_EVIL))
def test_pages_keep_to_their_content_security_policy(name: str) -> None:
    found = list(attributes(PAGES_OF_EVIL[name]))
    assert not [each for each in found if each[1] == "style" or each[1].startswith("on")]
    assert not [each for each in Elements(PAGES_OF_EVIL[name]).found if each[0] == "style"]
    assert not [each for each in found if each[1] in ("src", "href", "action") and not each[2].startswith(("/", "#"))]


@pytest.mark.parametrize("name", sorted(PAGES_OF_EVIL))
def test_every_label_has_its_field_and_no_id_is_there_twice(name: str) -> None:
    found = list(attributes(PAGES_OF_EVIL[name]))
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


def test_every_template_is_shown_in_some_test() -> None:
    pages = {path.name.partition(".")[0] for path in (PAGES / "templates").glob("*.j2")}
    assert pages - {"base", "icons", "parts", "decision_fields", "strip"} == set(PAGES_OF_EVIL)
