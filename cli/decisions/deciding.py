"""Sending decisions on one or several reviews, and printing what came of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final

import click
from rich.text import Text

from cli.answers import AnswerJson
from cli.columns import row_lines, wrapped_line
from cli.decisions.results import result_in_words, worst
from cli.decisions.review_message import Asked, Sender, ask_about, sender_of
from cli.failures import CommandError
from cli.json_output import JsonOutput
from cli.local_time import LocalTime
from cli.lookup import short_id
from cli.reviews.review_json import ReviewJson, review_json
from cli.reviews.styles import style_of
from cli.session import in_session
from cli.terminal import print_json, print_lines, say
from compliance.outcome import Vote
from compliance.review import Head

_TYPES: Final = {
    Vote.APPROVE: {"type": "DecisionSubmittedV1", "decision": "approve"},
    Vote.REJECT: {"type": "DecisionSubmittedV1", "decision": "reject"},
    Vote.REQUEST_CHANGES: {"type": "ChangesRequestedV1"},
}


class DecidedJson(JsonOutput):
    """A decision: the app's answer and the review after it, or the error because of which there is no answer."""

    review_id: str  # as given on the command line if it names no review
    answer: AnswerJson | None
    error: str | None
    review: ReviewJson | None


def decide_on(
    context: click.Context,
    reviews: Sequence[str],
    vote: Vote,
    *,
    name: str | None,
    key_file: Path | None,
    comment: str | None,
    timeout: float,
    as_json: bool,
) -> None:
    """Send a decision on each review; print the results and end with the worst exit code."""
    sender = sender_of(name, key_file)

    def body(head: Head, message_id: str) -> dict[str, str]:
        document = head.document
        # Only content that was refused unread has no hash; its ETag is as exact.
        version = {"documentSha256": document.sha256} if document.sha256 else {"etag": document.etag}
        return {
            **_TYPES[vote],
            "decisionId": message_id,
            "reviewId": head.review_id,
            "reviewer": sender.name,
            **version,
            **({} if comment is None else {"comment": comment}),
        }

    results = in_session(
        context, lambda session: ask_about(session, reviews, body, sender, what="decision", seconds=timeout)
    )
    if as_json:
        print_json(list(map(_decided_json, results)))
    else:
        print_results(results)
    raise click.exceptions.Exit(worst(asked.code for asked in results))


def send_about(
    context: click.Context,
    review: str,
    body_of: Callable[[Head, str], dict[str, str]],
    sender: Sender,
    *,
    what: str,
    timeout: float,
    as_json: bool,
) -> None:
    """Send another message about one review; print the answer and end with its exit code. Raises CommandError."""
    [asked] = in_session(
        context, lambda session: ask_about(session, [review], body_of, sender, what=what, seconds=timeout)
    )
    end_with_result(asked, as_json)


def end_with_result(asked: Asked, as_json: bool) -> None:
    """Print the answer to a message about one review and end with its exit code. Raises CommandError if it has none."""
    if asked.answer is None:
        raise asked.error or CommandError("there is no answer")
    if as_json:
        print_json(asked.answer)
    else:
        print_results([asked])
    raise click.exceptions.Exit(asked.code)


def print_results(results: Sequence[Asked]) -> None:
    """Print what came of each message; one alone that failed is an error like any other."""
    if len(results) == 1 and results[0].error:
        say(f"Error: {results[0].error}")
    else:
        time = LocalTime.here()
        print_lines(lambda width: result_lines(results, time, width))


def result_lines(results: Sequence[Asked], time: LocalTime, width: int | None) -> Iterator[Text]:
    """Yield the lines that say what came of messages: a sentence for one, a table for several."""
    if len(results) == 1 and width is not None:
        yield from wrapped_line(_in_words(results[0], time), width)
        return
    rows = (_row(asked, time, whole=width is None) for asked in results)
    yield from row_lines(("Review", "Document", "Result"), rows, width, shortened=1)


def _row(asked: Asked, time: LocalTime, *, whole: bool) -> tuple[Text | str | None, ...]:
    if asked.view is None:
        return asked.given, None, str(asked.error)
    head = asked.view.head
    review_id = head.review_id if whole else short_id(head.review_id)
    return review_id, head.document.name, Text(_in_words(asked, time), style_of(asked.view, time))


def _in_words(asked: Asked, time: LocalTime) -> str:
    return str(asked.error) if asked.answer is None else result_in_words(asked.answer, asked.view, time)


def _decided_json(asked: Asked) -> DecidedJson:
    return DecidedJson(
        review_id=asked.view.head.review_id if asked.view else asked.given,
        answer=asked.answer,
        error=str(asked.error) if asked.error else None,
        review=review_json(asked.view) if asked.view else None,
    )
