"""XML as a stream of elements: bounded, without declarations of entities, never as a tree in memory."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final
from xml.parsers import expat

Start = Callable[[str, str, Mapping[str, str]], None]
_LARGEST_PIECE: Final = 64 * 1024


class MarkupError(ValueError):
    """It is no well-formed XML, or declares entities."""


class Markup:
    """A parser. `start(space, name, attributes)` and `end(name)` are called with the names of elements.

    Attributes have their local names. `text` is called with the text in those elements for which `start` has set
    `wants_text`.
    """

    def __init__(self, start: Start, text: Callable[[str], None], end: Callable[[str], None]) -> None:
        self._start, self._text, self._end = start, text, end
        self._names: dict[str, tuple[str, str]] = {}
        self._parser = expat.ParserCreate(namespace_separator=" ")
        self._parser.buffer_text = True
        self._parser.StartElementHandler = self._begin
        self._parser.EndElementHandler = self._finish
        self._parser.EntityDeclHandler = self._refuse

    @property
    def wants_text(self) -> bool:
        """Whether text is read."""
        return self._parser.CharacterDataHandler is not None

    @wants_text.setter
    def wants_text(self, wanted: bool) -> None:
        self._parser.CharacterDataHandler = self._text if wanted else None

    def ignore_the_rest(self) -> None:
        """Let all further elements pass."""
        self._parser.StartElementHandler = self._parser.EndElementHandler = self._parser.CharacterDataHandler = None

    def feed(self, content: bytes, final: bool = False) -> None:
        """Read on. Raises MarkupError, and what the handlers raise."""
        try:
            for at in range(0, len(content), _LARGEST_PIECE):
                self._parser.Parse(content[at : at + _LARGEST_PIECE], False)
            if final:
                self._parser.Parse(b"", True)
        except expat.ExpatError as error:
            raise MarkupError("it is no well-formed XML") from error

    def _begin(self, name: str, attributes: dict[str, str]) -> None:
        self._start(*self._split(name), {each.rpartition(" ")[2]: value for each, value in attributes.items()})

    def _finish(self, name: str) -> None:
        self._end(self._split(name)[1])

    def _split(self, name: str) -> tuple[str, str]:
        if name not in self._names:
            if len(self._names) > 10_000:
                self._names.clear()
            space, _, local = name.rpartition(" ")
            self._names[name] = space, local
        return self._names[name]

    def _refuse(self, *_: object) -> None:
        raise MarkupError("it declares entities")
