"""The values of Bicep expressions, as far as they are known before a deployment."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any, Final

from tree_sitter import Node


@dataclass(frozen=True)
class Unknown:
    """An expression whose value only a deployment has."""

    text: str

    def __str__(self) -> str:
        return self.text


class Fact(Unknown):
    """What Azure will know of a resource, such as its id. It is not empty."""


class Reference(Fact):
    """A resource, declared or `existing`: its type, and its name after those of its parents."""

    @property
    def type(self) -> str:
        """The type."""
        return self.text.partition(":")[0]

    @property
    def name(self) -> str:
        """The name."""
        return self.text.partition(":")[2]


@dataclass(frozen=True)
class Names:
    """The values of names, and the folder from which files are loaded."""

    lookup: Callable[[str], Any]
    folder: Path

    def and_also(self, more: dict[str, Any]) -> Names:
        """Return these names with `more` over them, such as a loop's variables."""
        return Names(lambda name: more[name] if name in more else self.lookup(name), self.folder)


def text_of(node: Node) -> str:
    """Return a node's source text."""
    return (node.text or b"").decode()


def value(node: Node, names: Names) -> Any:
    """Return the value of an expression, Unknown if only a deployment can tell."""
    reader = _READERS.get(node.type)
    return reader(node, names) if reader else Unknown(text_of(node))


def turns(node: Node, names: Names) -> Iterator[tuple[Node, Names]]:
    """Yield the body of a loop for each of its turns, with the names that it has then."""
    variables, items, body = node.named_children
    item, *index = (text_of(variable) for variable in variables.named_children or [variables])
    values = value(items, names)
    for position, each in enumerate([Unknown(item)] if isinstance(values, Unknown) else values):
        yield body, names.and_also({item: each} | dict.fromkeys(index, position))


def _string(node: Node, names: Names) -> str:
    parts = []
    for child in node.named_children:
        if child.type == "interpolation":
            inner = value(child.named_children[0], names)
            parts.append(f"${{{inner}}}" if isinstance(inner, Unknown) else str(inner))
        else:
            parts.append(text_of(child).removeprefix("\\") if child.type == "escape_sequence" else text_of(child))
    return "".join(parts)


def _object(node: Node, names: Names) -> dict[str, Any]:
    properties = [child.named_children for child in node.named_children if child.type == "object_property"]
    return {
        _string(key, names) if key.type == "string" else text_of(key): value(said, names) for key, said in properties
    }


def _array(node: Node, names: Names) -> list[Any]:
    return [value(child, names) for child in node.named_children if child.type != "comment"]


def _member(node: Node, names: Names) -> Any:
    target, key = node.named_children
    if target.type == "ternary_expression":  # tree-sitter reads `a ? b : c.d` as `(a ? b : c).d`
        condition, yes, no = target.named_children
        met = value(condition, names)
        if isinstance(met, Unknown):
            return Unknown(text_of(node))
        return value(yes, names) if met else _member_of(value(no, names), key, names)
    return _member_of(value(target, names), key, names)


def _member_of(owner: Any, key: Node, names: Names) -> Any:
    by_name = key.type == "property_identifier"
    name = text_of(key) if by_name else value(key, names)
    if isinstance(owner, list) and isinstance(name, int):
        return owner[name]
    if isinstance(owner, Mapping) and name in owner:
        return owner[name]
    if isinstance(owner, Reference) and name == "name":
        return owner.name.rpartition("/")[2]
    of = Fact if isinstance(owner, Fact) else Unknown
    return of(f"{owner}.{name}" if by_name else f"{owner}[{name}]")


def _ternary(node: Node, names: Names) -> Any:
    condition, yes, no = node.named_children
    met = value(condition, names)
    return Unknown(text_of(node)) if isinstance(met, Unknown) else value(yes if met else no, names)


def _binary(node: Node, names: Names) -> Any:
    left, right = (value(child, names) for child in node.named_children)
    compare = _OPERATORS.get(text_of(node.children[1]))
    if compare is None or isinstance(left, Unknown) or isinstance(right, Unknown):
        return Unknown(text_of(node))
    return compare(left, right)


def _not(node: Node, names: Names) -> Any:
    operand = value(node.named_children[0], names)
    return Unknown(text_of(node)) if isinstance(operand, Unknown) else not operand


def _call(node: Node, names: Names) -> Any:
    name = text_of(node.named_children[0])
    arguments = [value(child, names) for child in node.named_children[1].named_children]
    known = not any(isinstance(argument, Unknown) for argument in arguments)
    if name in ("loadJsonContent", "loadTextContent"):
        text = (names.folder / arguments[0]).read_text(encoding="utf-8")
        return json.loads(text) if name == "loadJsonContent" else text
    if name == "empty" and isinstance(arguments[0], Fact):
        return False
    function = _OF_ANYTHING.get(name) or (_OF_WHAT_IS_KNOWN.get(name) if known else None)
    return function(*arguments) if function else Unknown(text_of(node))


def _merged(objects: tuple[dict[str, Any], ...]) -> dict[str, Any]:
    return {key: said for each in objects for key, said in each.items()}


_OF_ANYTHING: Final[dict[str, Callable[..., Any]]] = {
    "any": lambda said: said,
    "guid": lambda *parts: Unknown(f"guid({', '.join(map(str, parts))})"),
    "join": lambda parts, between: between.join(map(str, parts)),
    "resourceId": lambda kind, *parts: Fact(f"{kind}:{'/'.join(map(str, parts))}.id"),
    "string": lambda said: json.dumps(said, default=str),
    "subscriptionResourceId": lambda *parts: "/".join(map(str, parts)),
    "uniqueString": lambda *_: "unique0string",
}
_OF_WHAT_IS_KNOWN: Final[dict[str, Callable[..., Any]]] = {
    "concat": lambda *lists: [item for each in lists for item in each],
    "contains": lambda whole, part: part in whole,
    "empty": lambda said: not said,
    "first": lambda said: said[0],
    "items": lambda said: [{"key": key, "value": each} for key, each in sorted(said.items())],
    "last": lambda said: said[-1],
    "split": str.split,
    "take": lambda said, count: said[:count],
    "toLower": str.lower,
    "replace": str.replace,
    "union": lambda *each: list(dict.fromkeys(chain(*each))) if isinstance(each[0], list) else _merged(each),
}
_OPERATORS: Final[dict[str, Callable[[Any, Any], bool]]] = {
    "==": lambda left, right: left == right,
    "!=": lambda left, right: left != right,
    ">": lambda left, right: left > right,
    "&&": lambda left, right: left and right,
    "||": lambda left, right: left or right,
}
_READERS: Final[dict[str, Callable[[Node, Names], Any]]] = {
    "identifier": lambda node, names: names.lookup(text_of(node)),
    "string": _string,
    "number": lambda node, _: int(text_of(node)),
    "boolean": lambda node, _: text_of(node) == "true",
    "null": lambda *_: None,
    "object": _object,
    "array": _array,
    "for_statement": lambda node, names: [value(body, turn) for body, turn in turns(node, names)],
    "member_expression": _member,
    "subscript_expression": _member,
    "ternary_expression": _ternary,
    "binary_expression": _binary,
    "unary_expression": _not,
    "parenthesized_expression": lambda node, names: value(node.named_children[0], names),
    "call_expression": _call,
}
