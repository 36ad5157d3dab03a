"""Write the README's pictures of the front door anew: python -m local.screens FOLDER."""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Final

from playwright.sync_api import Page, sync_playwright

from local.stack.reviews import wait_until_asked, wait_until_open
from local.stack.running import Stack, own_stack

_SAMPLES: Final = Path(__file__).with_name("samples")
_DOCUMENTS: Final = {
    "reports/annual-report.pdf": "annual-report.pdf",
    "office/floor-plan.png": "floor-plan.png",
    "office/house-rules.txt": "house-rules.txt",
    "press/press-release.docx": "press-release.docx",
    "office/price-list.csv": "price-list.csv",
}
_SHOWN: Final = "reports/annual-report.pdf"
_WIDTH: Final = 1180
_PAINTED: Final = 4_000  # milliseconds until the viewer for PDF documents has drawn its page


def main(folder: Path) -> None:
    """Start a stack with the samples, sign in as a reviewer, and take two pictures."""
    with tempfile.TemporaryDirectory() as state, own_stack(Path(state)) as stack, sync_playwright() as playwright:
        for name, sample in _DOCUMENTS.items():
            _submit(stack, name, (_SAMPLES / sample).read_bytes())
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium") or shutil.which("google-chrome"),
            headless=False,
            args=["--headless=new", "--no-sandbox"],
        )
        address = json.loads((Path(state) / "endpoints.json").read_text())["http"]
        page = browser.new_page(base_url=address)
        _take(page, folder)
        browser.close()


def _submit(stack: Stack, name: str, content: bytes) -> None:
    etag = stack.documents.upload(name, content, {"submitter": "sam@example.org"})
    wait_until_asked(stack, wait_until_open(stack, name, etag))


def _take(page: Page, folder: Path) -> None:
    page.goto("/")
    page.get_by_role("button", name="Ann Lee").click()
    while page.locator("main li").count() < len(_DOCUMENTS):  # lists follow the reviews after a moment
        page.reload()
    page.wait_for_load_state("networkidle")
    page.set_viewport_size({"width": _WIDTH, "height": 640})
    page.screenshot(path=folder / "web-waiting.png")
    page.set_viewport_size({"width": _WIDTH, "height": 860})
    page.get_by_role("link", name=_SHOWN).click()
    page.wait_for_load_state("networkidle")
    page.wait_for_timeout(_PAINTED)
    page.screenshot(path=folder / "web-review.png")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
