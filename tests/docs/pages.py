"""The documentation's pages, the blocks of code in them, and the commands in those."""

from __future__ import annotations

import re
import shlex
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

ROOT: Final = Path(__file__).parents[2]
PAGES: Final = [
    *(ROOT / f"{name}.md" for name in ("README", "CONTRIBUTING", "SECURITY")),
    *sorted((ROOT / "docs").rglob("*.md")),
]
README: Final = ROOT / "README.md"
OPERATIONS: Final = ROOT / "docs" / "operations.md"
DEVHOST: Final = ROOT / "devhost" / "README.md"
_PUNCTUATION: Final = ";\n&|>"
_BEFORE_A_COMMAND: Final = {"do", "then", "else"}
_NO_COMMAND: Final = {"for", "done", "fi"}


class Block(NamedTuple):
    """A fenced block of code."""

    page: Path
    line: int
    language: str
    text: str

    def __str__(self) -> str:
        return f"{self.page.relative_to(ROOT)}:{self.line}"


def blocks(*pages: Path, language: str = r"\w*") -> list[Block]:
    """Return the blocks of pages in one language, or in all; those in lists as well, which are indented."""
    found = []
    for page in pages:
        text = page.read_text(encoding="utf-8")
        for block in re.finditer(rf"^( *)```({language})\n(.*?)^\1```", text, re.DOTALL | re.MULTILINE):
            line = text.count("\n", 0, block.start()) + 1
            found.append(Block(page, line, block[2], textwrap.dedent(block[3])))
    return found


def commands(*pages: Path) -> Iterator[list[str]]:
    """Yield the words of every command in the pages' shell blocks, without redirections of its output."""
    for block in blocks(*pages, language="sh"):
        text = block.text.replace("\\\n", " ").replace("\n", "\n;")  # shlex skips a line's end with a comment
        lexer = shlex.shlex(text, posix=True, punctuation_chars=_PUNCTUATION)
        lexer.whitespace, lexer.whitespace_split, lexer.commenters = " \t", True, "#"
        words: list[str] = []
        redirected = False
        for token in [*lexer, "\n"]:
            if set(token) == {">"}:
                redirected = True
            elif set(token) <= set(_PUNCTUATION):
                if words and words[0] in _BEFORE_A_COMMAND:
                    words = words[1:]
                if words and words[0] not in _NO_COMMAND:
                    yield words
                words = []
            elif redirected:
                redirected = False
            else:
                words.append(token)
