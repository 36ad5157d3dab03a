"""People at the front door, in a browser: they sign in, read, decide, hand in, and are told what came of it."""

from __future__ import annotations

import base64
import json
import re
import shutil
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, Final, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect, sync_playwright

from local.stack.devhost_process import PROJECT, DevhostProcess
from local.stack.eventually import eventually
from local.stack.reviews import wait_until_finished
from local.stack.running import Stack
from tests.e2e.submitting import BEN, SAM, SAMPLES, Submitted, submit
from tests.front_door import settings_that_sign
from tests.page_states import ALL_PAGES
from web.pages.rendering import PAGES

CHROMIUM: Final = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
AXE: Final = PROJECT / "devhost/node_modules/axe-core/axe.min.js"
RULES: Final = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
COLOURS: Final = ["color-contrast"]  # the only rule that has any
COMMENT: Final = 'Page 7 "names" the <b>old</b> board.'
BLUE: Final = (51, 116, 153)  # of the bars in the sample's diagram
# Counts the points of a picture that have about one colour: no library for pictures is needed.
COUNT: Final = """async ([png, [r, g, b]]) => {
  const picture = await createImageBitmap(await (await fetch("data:image/png;base64," + png)).blob());
  const canvas = new OffscreenCanvas(picture.width, picture.height).getContext("2d");
  canvas.drawImage(picture, 0, 0);
  const { data } = canvas.getImageData(0, 0, picture.width, picture.height);
  let count = 0;
  for (let n = 0; n < data.length; n += 4)
    count += Math.abs(data[n] - r) + Math.abs(data[n + 1] - g) + Math.abs(data[n + 2] - b) < 24;
  return count;
}"""


# Shows another page of ours in the place of this one: axe and the style, which all of them share, stay.
SHOW: Final = """html => {
  const page = new DOMParser().parseFromString(html, "text/html");
  document.title = page.title;
  document.body.replaceWith(page.body);
}"""


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Return the settings of an app with a front door that can sign."""
    return settings_that_sign(tmp_path_factory.mktemp("front-door"))


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Yield Chromium as people have it: with its viewer for PDF documents, which its headless shell lacks."""
    if not CHROMIUM:
        pytest.skip("no Chromium is installed (Debian and Ubuntu: apt-get install chromium)")
    with sync_playwright() as playwright:
        options: dict[str, Any] = {"headless": False, "args": ["--headless=new", "--no-sandbox"]}
        browser = playwright.chromium.launch(executable_path=CHROMIUM, **options)
        yield browser
        browser.close()


class Visitors:
    """People with a browser each. What breaks the pages' own policy is an error."""

    def __init__(self, browser: Browser, address: str) -> None:
        self.broken: list[str] = []
        self._browser, self._address = browser, address
        self._contexts: list[BrowserContext] = []

    def sign_in(self, name: str, **options: Any) -> Page:
        """Return a page of somebody who has signed in."""
        context = self._browser.new_context(base_url=self._address, **options)
        self._contexts.append(context)
        page = context.new_page()
        page.on("console", lambda said: self._note(said.text))
        page.goto("/")
        sign_in(page, name)
        return page

    def _note(self, said: str) -> None:
        if "Content Security" in said:
            self.broken.append(said)

    def leave(self) -> None:
        for context in self._contexts:
            context.close()


@pytest.fixture
def visitors(browser: Browser, host: DevhostProcess) -> Iterator[Visitors]:
    visitors = Visitors(browser, json.loads((host.state / "endpoints.json").read_text())["http"])
    yield visitors
    visitors.leave()
    assert visitors.broken == []


def sign_in(page: Page, name: str) -> None:
    page.get_by_role("button", name=name).click()


def assert_accessible(page: Page) -> None:
    """Look for violations of WCAG on a page, light and dark, once its style has come."""
    page.wait_for_load_state("load")
    page.evaluate(AXE.read_text(encoding="utf-8"))
    assert violations(page) == []


def violations(page: Page) -> list[tuple[str, str, list[str]]]:
    """List what axe finds on a page that has loaded it: scheme, rule, elements."""
    found: list[tuple[str, str, list[str]]] = []
    looks: list[tuple[Literal["light", "dark"], list[str]]] = [("light", RULES), ("dark", COLOURS)]
    for scheme, rules in looks:
        page.emulate_media(color_scheme=scheme)
        options = json.dumps({"runOnly": rules, "iframes": False, "resultTypes": ["violations"]})
        for each in page.evaluate(f"axe.run(document, {options})")["violations"]:
            found.append((scheme, each["id"], [node["html"] for node in each["nodes"]]))
    page.emulate_media(color_scheme="light")
    return found


def test_no_page_in_any_state_violates_wcag(browser: Browser) -> None:
    """As the app renders them, without a stack; pages with real documents are looked at on the journeys below."""

    def answer(route: Route) -> None:
        path = urlsplit(route.request.url).path
        if path.startswith("/static/"):
            route.fulfill(path=PAGES / path[1:])
        else:
            route.fulfill(content_type="text/html; charset=utf-8", body=ALL_PAGES["message"] if path == "/" else "")

    page = browser.new_page(base_url="http://pages.example", viewport={"width": 320, "height": 700})
    page.route("**/*", answer)
    page.goto("/")
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = {}
    for name, html in ALL_PAGES.items():
        page.evaluate(SHOW, html)
        found[name] = (violations(page), page.evaluate("document.documentElement.scrollWidth") <= 320)
    page.close()
    assert found == dict.fromkeys(ALL_PAGES, ([], True))


def decide(page: Page, vote: str, comment: str = "") -> None:
    page.get_by_role("radio", name=vote).check()
    page.get_by_label("Comment", exact=True).fill(comment)
    page.get_by_role("button", name="Send my decision").click()


def open_from_list(page: Page, document: Submitted) -> None:
    page.get_by_role("link", name=document.name).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(document.name)


def notice(page: Page, title: str) -> None:
    expect(page.locator(".note h2").first).to_contain_text(title, timeout=30_000)


def test_a_reviewer_signs_in_finds_reads_and_approves(stack: Stack, visitors: Visitors, folder: str) -> None:
    document = submit(stack, folder, "annual-report.pdf")
    page = visitors.sign_in("Ann Lee", viewport={"width": 1280, "height": 900})
    expect(page.locator(".who")).to_contain_text("Ann Lee")
    open_from_list(page, document)
    assert_accessible(page)
    points = page.context.new_page()
    frame = page.locator("iframe")

    def is_painted() -> bool:
        return points.evaluate(COUNT, [base64.b64encode(frame.screenshot()).decode(), BLUE]) > 5_000

    eventually(is_painted, "the bars of the diagram are on the page", interval=0.5)
    decide(page, "Approve")

    notice(page, "Recorded: approved")
    assert wait_until_finished(stack, document.review_id)["outcome"] == "approved"
    page.reload()
    expect(page.locator(".stands")).to_contain_text(f"published as published/{document.name}")


def test_changes_are_requested_and_the_next_version_shows_them(stack: Stack, visitors: Visitors, folder: str) -> None:
    sam = visitors.sign_in("Sam Rivera", viewport={"width": 320, "height": 700}, timezone_id="America/New_York")
    name = f"{folder}/house-rules.txt"
    hand_in(sam, SAMPLES / "house-rules.txt", name)
    notice(sam, "It was submitted")
    sam.get_by_role("link", name=name, exact=True).wait_for(timeout=60_000)
    submitted = sam.locator(".facts time:not([data-counted])").first
    at = datetime.fromisoformat(submitted.get_attribute("datetime") or "").astimezone(ZoneInfo("America/New_York"))
    expect(submitted).to_have_text(re.compile(f"{at.day} .*, {at:%H:%M}$"))
    expect(sam.get_by_text("Times are in America/New_York.")).to_be_visible()

    ann = visitors.sign_in("Ann Lee", viewport={"width": 320, "height": 700})
    click_once_listed(ann, name)
    expect(ann.frame_locator("iframe").locator("body")).to_contain_text("Hausordnung")
    assert ann.evaluate("document.documentElement.scrollWidth") <= 320
    decide(ann, "Request changes")
    notice(ann, "It was not sent")
    expect(ann.locator(".note")).to_be_focused()
    ann.get_by_role("link", name="Say what to change.").click()
    ann.keyboard.type(COMMENT)
    ann.get_by_role("button", name="Send my decision").click()
    notice(ann, "Recorded: changes requested")

    sam.goto("/documents")
    expect(sam.get_by_text(COMMENT)).to_be_visible()
    click_once_listed(sam, re.compile("^Submit a new version"))
    expect(sam.get_by_label("Name")).to_have_value(name)
    sam.get_by_label("File").set_input_files(
        {"name": "house-rules.txt", "mimeType": "text/plain", "buffer": b"The new rules.\n"}
    )
    sam.get_by_role("button", name="Submit the document").click()
    expect(sam.locator(".lines > li")).to_have_count(2, timeout=60_000)

    ann.goto("/")
    click_once_listed(ann, name)
    expect(ann.get_by_role("heading", name="Earlier versions")).to_be_visible()
    expect(ann.get_by_text(COMMENT).first).to_be_visible()

    sam.locator(".lines a").first.click()
    sam.get_by_label("Reason").fill("Not now.")
    sam.get_by_role("button", name="Withdraw the document").click()
    notice(sam, "Recorded: withdrawn")

    decide(ann, "Approve")
    notice(ann, "It was not sent")
    expect(ann.locator(".stands")).to_contain_text("Withdrawn")


def click_once_listed(page: Page, name: str | re.Pattern[str]) -> None:
    """Load a list until it has a link, and follow it: messages take a moment."""
    link = page.get_by_role("link", name=name).first

    def is_listed() -> bool:
        page.reload()
        return link.count() > 0

    eventually(is_listed, f"{name} is on the page", interval=0.5)
    link.click()


def hand_in(page: Page, file: Path, name: str) -> None:
    page.goto("/submit")
    page.get_by_label("File").set_input_files(file)
    page.get_by_label("Name").fill(name)
    page.get_by_role("button", name="Submit the document").click()


def test_without_javascript_with_the_keyboard_and_twice(stack: Stack, visitors: Visitors, folder: str) -> None:
    document = submit(stack, folder, "floor-plan.png")
    page = visitors.sign_in("Ben Okafor", java_script_enabled=False)
    open_from_list(page, document)
    image = page.get_by_role("img", name=re.compile("a picture$"))
    expect(image).to_be_visible()
    other = page.context.new_page()
    other.goto(page.url)

    press(page, "Tab")
    expect(page.get_by_role("link", name="Skip to the page")).to_be_in_viewport()
    press(page, "Enter", "Tab", "Tab")
    expect(page.get_by_role("link", name="Go to my decision")).to_be_focused()
    press(page, "Enter", "Tab", "ArrowUp")
    expect(page.get_by_role("radio", name="Reject")).to_be_checked()
    press(page, "Tab")
    page.keyboard.type(COMMENT)
    with page.expect_request(lambda request: request.method == "POST") as sent:
        page.get_by_role("button", name="Send my decision").dblclick()
    notice(page, "Recorded: rejected")
    again = page.context.request.fetch(sent.value)  # a browser may send one of two clicks alone
    assert "Recorded: rejected" in again.text()
    expect(page.get_by_text(COMMENT).first).to_be_visible()

    decide(other, "Approve", "From another tab.")
    notice(other, "It was not sent")
    expect(other.get_by_text("From another tab.")).to_be_visible()

    page.go_back()
    expect(page.locator(".stands")).to_contain_text("Rejected")
    expect(page.get_by_role("radio")).to_have_count(0)
    (decision,) = stack.ledger.decisions(document.review_id)
    assert decision["comment"] == COMMENT


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def test_a_document_that_is_overwritten_while_it_is_read_is_not_decided_on(
    stack: Stack, visitors: Visitors, folder: str
) -> None:
    document = submit(stack, folder, "house-rules.txt")
    page = visitors.sign_in("Ben Okafor")
    open_from_list(page, document)
    expect(page.frame_locator("iframe").locator("body")).to_contain_text("Hausordnung")
    stack.documents.upload(document.name, b"The new rules.\n", {"submitter": SAM})
    decide(page, "Approve", COMMENT)

    notice(page, "It was not sent")
    expect(page.locator(".note")).to_contain_text(re.compile("was overwritten|was replaced by a newer version"))
    page.goto(f"/reviews/{document.review_id}")
    click_once_listed(page, "See the newer version")
    expect(page.frame_locator("iframe").locator("body")).to_contain_text("The new rules.")
    expect(page.get_by_role("button", name="Send my decision")).to_be_visible()
    assert wait_until_finished(stack, document.review_id)["outcome"] == "superseded"
    assert stack.ledger.decisions(document.review_id) == []


def test_several_are_decided_at_once_if_they_were_opened(stack: Stack, visitors: Visitors, folder: str) -> None:
    documents = [submit(stack, folder, name) for name in ("house-rules.txt", "floor-plan.png", "price-list.csv")]
    page = visitors.sign_in("Ben Okafor")
    for document in documents[:2]:
        page.goto("/")
        click_once_listed(page, document.name)
        page.wait_for_load_state("load")
    page.goto("/")
    unopened = page.locator(".lines > li", has_text=documents[2].name)
    expect(unopened).to_contain_text("not opened yet")
    for document in documents[:2]:
        page.get_by_role("checkbox", name=document.name).check()
    page.get_by_role("radio", name="Approve").check()
    page.get_by_role("button", name="Send my decisions").click()

    expect(page.get_by_text("2 decisions were sent.")).to_be_visible(timeout=30_000)
    for document in documents[:2]:
        assert wait_until_finished(stack, document.review_id)["outcome"] == "approved"
        assert [row["reviewer"] for row in stack.ledger.decisions(document.review_id)] == [BEN]
    assert stack.ledger.decisions(documents[2].review_id) == []


def test_a_session_that_ends_meanwhile_keeps_the_comment_and_lateness_is_told(
    stack: Stack, visitors: Visitors, host: DevhostProcess, folder: str
) -> None:
    document = submit(stack, folder, "press-release.docx")
    page = visitors.sign_in("Ann Lee")
    open_from_list(page, document)
    expect(page.get_by_role("link", name="Download the document")).to_be_visible()
    host.advance(73)
    decide(page, "Reject", COMMENT)
    expect(page.get_by_role("heading", level=1)).to_have_text("You are signed out")
    with page.context.expect_page() as opened:
        page.get_by_role("link", name="Sign in in a new tab").click()
    sign_in(opened.value, "Ann Lee")
    expect(opened.value.get_by_role("heading", level=1)).to_have_text("You are signed in")

    expect(page.get_by_label("Comment")).to_have_value(COMMENT)
    page.get_by_role("button", name="Send it again").click()

    notice(page, "It was not sent")
    expect(page.locator(".stands")).to_contain_text("Expired")
    expect(page.get_by_text(COMMENT)).to_be_visible()
