"""The text of `--help` at every width of terminal."""

from __future__ import annotations

_KEPT = "\b"
"""Click's mark of a paragraph whose lines stay as they are."""


def reflowed(text: str) -> str:
    """A help text whose paragraphs are one line each, for the terminal to wrap; those that begin with \\b stay.

    Typer with Rich keeps the line ends of the source in all paragraphs but the first, so that in a narrow terminal
    every line would be followed by the rest of one. Text that was reflowed already comes back as it is.
    """
    return "\n\n".join(
        _KEPT + paragraph.removeprefix(_KEPT).lstrip("\n")
        if paragraph.startswith(_KEPT)
        else " ".join(paragraph.split())
        for paragraph in text.split("\n\n")
    )
