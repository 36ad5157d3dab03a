"""What has become of a decision or withdrawal, as the page says it first."""

from __future__ import annotations

from adapters.ledger.answers import GivenAnswer
from adapters.ledger.store import StoredReview
from compliance.outcome import Answer, ReviewState
from web.pages.status_words import state_of
from web.pages.view_models import Mood, Notice


def notice_of(given: GivenAnswer | None, review: StoredReview, *links: tuple[str, str]) -> Notice:
    """Return the answer in words, with links: to go on, or to look again if there is no answer yet."""
    if given is None:
        text = "It is not recorded yet. This page loads again by itself until it is."
        return Notice(Mood.PLAIN, "It was sent", text, links, looks_again=True)
    if given.answer in (Answer.RECORDED, Answer.DUPLICATE):
        state = state_of(review.head, review.decisions)
        is_open = review.head.state is ReviewState.OPEN
        return Notice(Mood.GOOD, f"Recorded: {state.word if is_open else state.word.lower()}", state.sentence, links)
    title = "Too late: it does not count" if given.answer is Answer.LATE else "It does not count"
    return Notice(Mood.BAD, title, as_sentence(given.explanation or given.answer.replace("_", " ")), links)


def as_sentence(text: str) -> str:
    """Return a reason as a sentence of its own."""
    return text[:1].upper() + text[1:] + ("" if text.endswith((".", "?", "!")) else ".")
