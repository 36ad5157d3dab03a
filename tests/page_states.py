"""Every page in every state, rendered without a stack, with texts of strangers who mean ill."""

from __future__ import annotations

from collections import namedtuple
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final

from compliance.outcome import Vote
from web.pages.rendering import html
from web.pages.view_models import (
    DecisionForm,
    EarlierShown,
    Effect,
    Entered,
    EventShown,
    Mark,
    Mood,
    Notice,
    OwnLine,
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
OF_REVIEW: Final[dict[str, Any]] = {
    "reader": READER,
    "withdrawal": Entered(),
    "newer": "f" * 64,
    "is_me": lambda _: True,
    "next_version": "/submit?name=x",
    "back": BACK,
}
_Named = namedtuple("_Named", ["name", "document_class"])
# Each template with all that it can show.
PAGES_OF_EVIL: Final[dict[str, str]] = {
    "waiting": html("waiting", lines=[LINE], **OF_WAITING),
    "review": html(
        "review",
        review=REVIEW,
        said=Notice(Mood.BAD, EVIL, EVIL, [("/", EVIL)]),
        **{**OF_REVIEW, "kept": EVIL, "withdrawal": Entered(reason=EVIL, reason_error=OURS)},
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
    "no_document": html("no_document", text=EVIL, download="/api/v1/reviews/0/document?download"),
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


# What the full pages do not show: nothing there, nothing wrong, another kind of document.
_RULED: Final = replace(REVIEW, is_overdue=False, form=None, may_withdraw=None, ended_at=None, effect=None)
OTHER_STATES: Final[dict[str, str]] = {
    "waiting, none": html("waiting", lines=[], **{**OF_WAITING, "several": None}),
    "waiting, one": html("waiting", lines=[replace(LINE, is_overdue=False)], **{**OF_WAITING, "several": None}),
    "waiting, many": html(
        "waiting",
        lines=[replace(LINE, tick=None), LINE],
        said=Notice(Mood.GOOD, OURS, EVIL),
        **{**OF_WAITING, "more": "/?cursor=x", "is_first": False},
    ),
    "documents, none": html("documents", reader=READER, lines=[], more=None, is_first=True),
    "documents, one that waits": html(
        "documents",
        reader=READER,
        said=Notice(Mood.PLAIN, OURS, EVIL, [("/", OURS)], looks_again=True),
        lines=[OwnLine("a" * 64, EVIL, EVIL, AT, Mood.PLAIN, OURS, EVIL, AT)],
        more="/documents?cursor=x",
        is_first=False,
    ),
    "submit, nothing wrong": html(
        "submit", reader=READER, token=EVIL, classes=[EVIL], entered=_Named("", ""), most=OURS, errors={}
    ),
    "signed in": html("message", reader=READER, title=OURS, texts=[EVIL], links=[]),
    "not sent, an upload": html(
        "not_sent", title=OURS, why=EVIL, action="/submit", sign_in=None, kept_fields=[], texts=[]
    ),
    **{
        f"review, {name}": html("review", review=review, **OF_REVIEW)
        for name, review in {
            "text": replace(_RULED, viewer=Viewer.TEXT, why_not=EVIL),
            "picture": replace(_RULED, viewer=Viewer.PICTURE, form=replace(FORM, vote_error=None, comment_error=None)),
            "to download": replace(_RULED, viewer=None, effect=Effect(EVIL, taken=True), form=FORM),
            "not kept": replace(_RULED, is_readable=False, due=None, ended_at=AT, mood=Mood.GOOD, stages=[]),
            "not inspected": replace(
                REVIEW, due=None, form=None, strip=None, length=None, document_sha256=None, findings=[], events=[]
            ),
        }.items()
    },
}
ALL_PAGES: Final = {**PAGES_OF_EVIL, **OTHER_STATES}
