"""Forms as browsers send them: what is sent on, what is shown again, and that nothing written is lost."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from html import unescape
from typing import Any
from urllib.parse import urlencode

import azure.functions as func
import pytest

from adapters.ledger.answers import GivenAnswer, answer_row
from compliance.outcome import Answer, Outcome, ReviewState, Verdict, Vote
from compliance.review import Head
from contracts.names import REVIEW_DECISIONS, SUBMISSIONS
from tests import builders
from tests.front_door import TENANT
from tests.unit.web.house import ANN, AVA, BEN, EVE, PDF, SAM, House, oid_of

FORM = "application/x-www-form-urlencoded"
_HIDDEN = re.compile(r'<input type="hidden" name="([^"]*)" value="([^"]*)">')


def text_of(answer: func.HttpResponse) -> str:
    """Return the page of an answer, with its entities as people see them."""
    return unescape(answer.get_body().decode())


async def form_on(house: House, path: str, person: str) -> dict[str, str]:
    """Return the hidden fields of the first form on a page."""
    page = (await house.get(path, person)).get_body().decode()
    form = page[page.index("<form") : page.index("</form>")]
    return {name: unescape(value) for name, value in _HIDDEN.findall(form)}


async def post(house: House, path: str, person: str | None, **fields: str) -> func.HttpResponse:
    """Send a form."""
    return await house.call("POST", path, person, urlencode(fields).encode(), **{"Content-Type": FORM})


async def decide(house: House, head: Head, person: str | None = ANN, **fields: str) -> func.HttpResponse:
    """Open a review's page, and send the form that is on it."""
    shown = await form_on(house, f"/reviews/{head.review_id}", person or ANN)
    return await post(house, f"/reviews/{head.review_id}/decisions", person, **{**shown, **fields})


async def test_a_decision_is_sent_and_leads_to_its_answer() -> None:
    house = House()
    head = await house.add()

    answer = await decide(house, head, decision="approve", comment=" Fine.\r\nReally. ")

    ((queue, body, _),) = house.sent
    assert queue == REVIEW_DECISIONS
    assert (body["decision"], body["comment"], body["reviewer"]) == ("approve", "Fine.\nReally.", ANN)
    assert body["documentSha256"] == head.document.sha256
    assert answer.status_code == 303
    assert answer.headers["location"] == f"/reviews/{head.review_id}?sent={body['decisionId']}"


async def test_the_same_form_sent_twice_is_one_decision() -> None:
    house = House()
    head = await house.add()
    shown = await form_on(house, f"/reviews/{head.review_id}", ANN)
    for vote in ("approve", "approve", "reject"):
        await post(house, f"/reviews/{head.review_id}/decisions", ANN, **shown, decision=vote)

    ids = [body["decisionId"] for _, body, _ in house.sent]
    assert ids[0] == ids[1] != ids[2]


async def test_two_tabs_are_two_decisions() -> None:
    house = House()
    head = await house.add()
    for _ in range(2):
        await decide(house, head, decision="approve")

    ids = [body["decisionId"] for _, body, _ in house.sent]
    assert ids[0] != ids[1]


@pytest.mark.parametrize(
    ("fields", "field", "said"),
    [
        ({}, "decision", "Choose what you decide."),
        ({"decision": "maybe"}, "decision", "Choose what you decide."),
        ({"decision": "request_changes", "comment": "  "}, "comment", "Say what to change."),
        ({"decision": "reject"}, "comment", "Say why you reject it."),
        (
            {"decision": "approve", "comment": "x" * 4001},
            "comment",
            "This is too long: 4,001 characters, of at most 4,000.",
        ),
    ],
)
async def test_what_is_missing_is_said_beside_its_field(fields: dict[str, str], field: str, said: str) -> None:
    house = House(comment_required_on_reject=True)
    head = await house.add()

    answer = await decide(house, head, **fields)

    assert answer.status_code == 422
    assert_said_at(field, said, text_of(answer))
    assert house.sent == []


def assert_said_at(field: str, said: str, page: str) -> None:
    """Check that a page says first what is wrong with a field, with a link to it, and says it at the field, too."""
    assert re.search(r"<title>It was not \w+: ", page)
    assert re.search(r'<div class="note \w+" role="alert" tabindex="-1" autofocus>', page)
    assert f'<a href="#{field}"><bdi>{said}</bdi></a>' in page
    assert f'<p class="error" id="{field}-error"><bdi>{said}</bdi></p>' in page
    assert re.search(f'aria-describedby="[^"]*{field}-error"', page)
    assert f'id="{field}"' in page


async def test_what_was_written_is_kept_if_something_is_missing() -> None:
    house = House()
    head = await house.add()

    page = text_of(await decide(house, head, comment="Page 7 <names> the old board."))

    assert "Page 7 <names> the old board.</textarea>" in page


@pytest.mark.parametrize("change", [{"form": "1.x.y"}, {"documentSha256": "0" * 64}, {"form": ""}])
async def test_a_form_that_was_not_made_for_this_is_shown_again(change: dict[str, str]) -> None:
    house = House()
    head = await house.add()

    answer = await decide(house, head, decision="approve", comment="Fine.", **change)

    assert answer.status_code == 409
    assert "Look at the document once more" in text_of(answer)
    assert "Fine.</textarea>" in text_of(answer)
    assert house.sent == []


async def test_the_form_of_somebody_else_sends_nothing() -> None:
    house = House()
    head = await house.add()
    shown = await form_on(house, f"/reviews/{head.review_id}", BEN)

    answer = await post(house, f"/reviews/{head.review_id}/decisions", ANN, **shown, decision="approve")

    assert (answer.status_code, house.sent) == (409, [])


async def test_an_old_form_is_shown_again_with_a_new_token() -> None:
    house = House()
    head = await house.add()
    shown = await form_on(house, f"/reviews/{head.review_id}", ANN)
    house.now += timedelta(minutes=59)  # the sign-in ends after an hour
    shown["form"] = "0" + shown["form"][1:]

    answer = await post(house, f"/reviews/{head.review_id}/decisions", ANN, **shown, decision="approve")

    assert answer.status_code == 409
    assert re.search(r'name="form" value="(?!0)[0-9]+\.', answer.get_body().decode())


async def test_an_overwritten_document_is_told_and_nothing_is_decided() -> None:
    house = House()
    head = await house.add()
    shown = await form_on(house, f"/reviews/{head.review_id}", ANN)
    house.blob(head.document.container, head.document.name).put(b"other", "0xOTHER")

    answer = await post(house, f"/reviews/{head.review_id}/decisions", ANN, **shown, decision="approve", comment="Hm.")

    assert answer.status_code == 409
    assert "The document was overwritten or removed after you opened it" in text_of(answer)
    assert "Hm." in text_of(answer)
    assert house.sent == []


async def test_a_review_that_ended_meanwhile_says_so_and_gives_back_what_was_written() -> None:
    house = House()
    head = await house.add()
    shown = await form_on(house, f"/reviews/{head.review_id}", ANN)
    ended = House()
    ended.blobs = house.blobs
    await ended.add(
        PDF,
        builders.decision(vote=Vote.REJECT),
        state=ReviewState.CLOSED,
        verdict=Verdict.REJECT,
        outcome=Outcome.REJECTED,
        closed_at=ended.now,
    )

    answer = await post(ended, f"/reviews/{head.review_id}/decisions", ANN, **shown, decision="reject", comment="No.")

    assert answer.status_code == 409
    assert ended.sent == []
    page = text_of(answer)
    assert "This review had ended before you sent it. Rejected by rita@example.org." in page
    assert "it cannot be sent any more" in page
    assert "No." in page


async def test_a_session_that_has_ended_loses_nothing() -> None:
    house = House()
    head = await house.add()

    answer = await decide(house, head, None, decision="reject", comment='Page 7 "names" the <old> board.\n\nBye.')

    assert answer.status_code == 401
    assert house.sent == []
    page = answer.get_body().decode()
    kept = {name: unescape(value) for name, value in _HIDDEN.findall(page)}
    written = unescape(page[page.index("<textarea") : page.index("</textarea>")].partition(">\n")[2])
    again = await post(house, f"/reviews/{head.review_id}/decisions", ANN, **kept, comment=written)
    assert again.status_code == 303
    assert house.sent[0][1]["comment"] == 'Page 7 "names" the <old> board.\n\nBye.'


async def test_the_kept_form_is_sent_to_no_other_site() -> None:
    answer = await post(House(), "//evil.example/reviews", None, comment="x")

    assert answer.status_code == 401
    assert 'action="/"' in answer.get_body().decode()


@pytest.mark.parametrize("path", ["decisions", "withdrawal"])
async def test_get_decides_nothing(path: str) -> None:
    house = House()
    head = await house.add()
    shown = await form_on(house, f"/reviews/{head.review_id}", ANN)
    query = urlencode({**shown, "decision": "approve", "reason": "x"})

    assert (await house.get(f"/reviews/{head.review_id}/{path}?{query}", ANN)).status_code in (404, 405)
    assert house.sent == []


@pytest.mark.parametrize(
    ("person", "says"),
    [(SAM, "Nobody decides on a document"), (AVA, "the role Reviewer")],
)
async def test_who_may_not_decide_sees_why_instead_of_a_form(person: str, says: str) -> None:
    house = House()
    head = await house.add()

    page = text_of(await house.get(f"/reviews/{head.review_id}", person))

    assert 'name="decision"' not in page
    assert says in page


async def test_somebody_whom_it_does_not_concern_sees_nothing() -> None:
    house = House(reviewers=(ANN,))
    head = await house.add()
    answers = [await house.get(f"/reviews/{each}", EVE) for each in (head.review_id, "0" * 64)]

    assert [answer.status_code for answer in answers] == [404, 404]
    assert answers[0].get_body() == answers[1].get_body()


@pytest.mark.parametrize(
    ("given", "explanation", "says"),
    [
        (Answer.RECORDED, None, "Recorded: 0 of 1 approval"),
        (Answer.LATE, "the deadline was at noon", "Too late: it does not count"),
        (Answer.NOT_PERMITTED, "you have decided already", "You have decided already."),
        (None, None, "It is not recorded yet."),
    ],
)
async def test_what_became_of_it_is_said_first(given: Answer | None, explanation: str | None, says: str) -> None:
    house = House()
    head = await house.add()
    if given:
        told: Any = GivenAnswer(
            TENANT, oid_of(ANN), given, given.refused, house.now, explanation, ReviewState.OPEN, None
        )
        await house.table.create_entity(answer_row(head.review_id, "d-1", told))

    page = text_of(await house.get(f"/reviews/{head.review_id}?sent=d-1", ANN))

    assert says in page
    assert ("look-again.js" in page) is (given is None)


async def test_a_submitter_withdraws_with_a_reason() -> None:
    house = House()
    head = await house.add()
    shown = await form_on(house, f"/reviews/{head.review_id}", SAM)
    without = await post(house, f"/reviews/{head.review_id}/withdrawal", SAM, **shown, reason=" ")
    answer = await post(house, f"/reviews/{head.review_id}/withdrawal", SAM, **shown, reason="Too early.")

    assert (without.status_code, answer.status_code) == (422, 303)
    assert_said_at("reason", "Say why you withdraw it, in at most 4,000 characters.", text_of(without))
    ((_, body, _),) = house.sent
    assert (body["type"], body["by"], body["reason"]) == ("ReviewWithdrawnV1", SAM, "Too early.")


async def test_a_document_is_handed_in_and_leads_to_the_own_documents() -> None:
    house = House()
    token = (await form_on(house, "/submit", SAM))["form"]
    answer = await hand_in(house, form=token, name="reports/a.pdf", documentClass="other")

    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/documents?submitted=")
    assert house.blob(SUBMISSIONS, "reports/a.pdf").content == PDF
    assert [body["documentClass"] for _, body, _ in house.sent] == ["other"]


async def test_a_document_that_is_not_taken_leaves_its_name_in_the_form() -> None:
    house = House()
    for fields in ({"form": "x"}, {"form": (await form_on(house, "/submit", SAM))["form"], "documentClass": "none"}):
        answer = await hand_in(house, name="reports/a.pdf", **fields)
        assert answer.status_code in (409, 422)
        assert 'value="reports/a.pdf"' in answer.get_body().decode()
    assert house.sent == []


@pytest.mark.parametrize(
    ("fields", "field", "said"),
    [
        ({"name": "a/../b.pdf"}, "name", None),
        ({"documentClass": "none"}, "documentClass", None),
        ({"name": "x", "padding": "x" * (17 << 20)}, "file", "The file is larger than 16 MiB."),
        ({"name": "x", "documentClass": "small"}, "file", "The file is larger than 100 bytes."),
    ],
)
async def test_what_is_wrong_with_a_document_is_said_at_its_field(
    fields: dict[str, str], field: str, said: str | None
) -> None:
    house = House()
    small = {"small": builders.policy(max_bytes=100)}
    house.policies = replace(house.policies, by_class={**house.policies.by_class, **small})
    page = text_of(await hand_in(house, form=(await form_on(house, "/submit", SAM))["form"], **fields))

    found = re.search(f'id="{field}-error"><bdi>(.*)</bdi>', page)
    assert found
    assert_said_at(field, said or found[1], page)
    assert "Choose the file again" in page


async def test_an_upload_of_somebody_signed_out_leads_back_to_its_form() -> None:
    answer = await hand_in(House(), None, name="reports/a.pdf")

    assert answer.status_code == 401
    page = text_of(answer)
    assert "fill in the form again" in page
    assert 'href="/.auth/login/aad?post_login_redirect_uri=%2Fsubmit"' in page
    assert "<form" not in page


async def test_a_review_that_was_replaced_leads_to_the_newer_one_if_it_concerns_the_person() -> None:
    house = House()
    closed = {"state": ReviewState.CLOSED, "verdict": Verdict.SUPERSEDE, "outcome": Outcome.SUPERSEDED}
    old = await house.add(**closed, closed_at=house.now)
    new = await house.add(b"%PDF-1.7 new", number=1)
    for head in (old, new):
        await house.door.ledger.names.put(head)
    link = f'<a href="/reviews/{new.review_id}">See the newer version</a>'

    page = text_of(await house.get(f"/reviews/{old.review_id}", ANN))
    assert link in page
    assert "This version of the document is not kept." in page
    assert "<iframe" not in page

    await house.replace_head(replace(new, policy=builders.policy(reviewers=(BEN,))))
    assert link not in text_of(await house.get(f"/reviews/{old.review_id}", ANN))


@pytest.mark.parametrize("path", ["/reviews/" + "0" * 64, "/nothing", "/?cursor=x"])
async def test_an_error_says_who_one_is_and_leads_on(path: str) -> None:
    page = text_of(await House().get(path, ANN))

    assert 'Signed in as</span> <b><bdi>Ann</bdi></b> <span class="quiet"><bdi>ann@example.org</bdi></span>' in page
    assert '<nav aria-label="Pages">' in page
    assert "Not signed in" not in page


async def hand_in(house: House, person: str | None = SAM, **fields: str) -> func.HttpResponse:
    """Send a file and the fields beside it, as browsers do."""
    parts = [f'--b\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}' for name, value in fields.items()]
    parts.append('--b\r\nContent-Disposition: form-data; name="file"; filename="a.pdf"\r\n\r\n')
    body = "\r\n".join(parts).encode() + PDF + b"\r\n--b--\r\n"
    return await house.call("POST", "/submit", person, body, **{"Content-Type": "multipart/form-data; boundary=b"})
