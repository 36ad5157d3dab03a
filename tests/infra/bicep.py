"""Reads Bicep: which resources and modules a deployment has and what is said of them, as far as it is known beforehand.

tree-sitter-bicep reads names and values well and judges badly (it lets mistakes pass), so it is used to read only.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import tree_sitter_bicep
from tree_sitter import Language, Node, Parser

INFRA: Final = Path(__file__).resolve().parents[2] / "infra"
_PARSER: Final = Parser(Language(tree_sitter_bicep.language()))


@dataclass(frozen=True)
class Unknown:
    """A value that only the deployment knows, as it is written."""

    text: str

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True)
class Resource:
    """One resource, or one of those that a loop makes."""

    symbol: str
    type: str
    version: str
    existing: bool
    condition: Any
    body: dict[str, Any]

    @property
    def name(self) -> str:
        """What it is called."""
        return str(self.body["name"])

    @property
    def properties(self) -> dict[str, Any]:
        """Its properties."""
        return self.body.get("properties", {})


@dataclass(frozen=True)
class Module:
    """One use of another template."""

    symbol: str
    path: Path
    condition: Any
    params: dict[str, Any]
    body: dict[str, Any]


@dataclass
class Template:
    """A Bicep file, its parameters bound as far as they are given; the others have their defaults or are unknown."""

    path: Path
    given: Mapping[str, Any] = field(default_factory=dict)

    @cached_property
    def root(self) -> Node:
        """The syntax tree."""
        return _PARSER.parse(self.path.read_bytes()).root_node

    @cached_property
    def parameters(self) -> dict[str, Node | None]:
        """Declared parameters and their defaults."""
        declared = {}
        for node in self._all("parameter_declaration"):
            children = node.named_children
            default = children[2] if len(children) > 2 else None
            declared[_text(children[0])] = default
        return declared

    @cached_property
    def variables(self) -> dict[str, Node]:
        """Variables and what they are set to."""
        return {_text(node.named_children[0]): node.named_children[-1] for node in self._all("variable_declaration")}

    @cached_property
    def outputs(self) -> set[str]:
        """Names of the outputs."""
        return {_text(node.named_children[0]) for node in self._all("output_declaration")}

    @cached_property
    def resources(self) -> list[Resource]:
        """All resources, loops unrolled."""
        found = []
        for node in self._all("resource_declaration"):
            symbol, kind = _text(node.named_children[0]), self._value(node.named_children[1], {})
            resource_type, _, version = kind.partition("@")
            existing = any(_text(child) == "existing" for child in node.children)
            for condition, body in self._bodies(node.named_children[-1]):
                found.append(Resource(symbol, resource_type, version, existing, condition, body))
        return found

    @cached_property
    def modules(self) -> list[Module]:
        """All uses of other templates."""
        found = []
        for node in self._all("module_declaration"):
            path = self.path.parent / self._value(node.named_children[1], {})
            for condition, body in self._bodies(node.named_children[-1]):
                found.append(Module(_text(node.named_children[0]), path, condition, body.get("params", {}), body))
        return found

    def resource(self, reference: Unknown) -> Resource:
        """What `symbol` or `symbol[0]` refers to."""
        match = re.fullmatch(r"(\w+)(?:\[(\d+)\])?", reference.text)
        assert match, f"{reference} is no reference to a resource"
        return [found for found in self.resources if found.symbol == match[1]][int(match[2] or 0)]

    def variable(self, name: str) -> Any:
        """The value of a variable."""
        return self._value(self.variables[name], {})

    def deployed(self) -> Iterator[tuple[Template, Resource]]:
        """Every resource that a deployment makes here and in modules, with the template that says so."""
        for resource in self.resources:
            if not resource.existing and resource.condition is not False:
                yield self, resource
        for module in self.modules:
            if module.condition is not False:
                yield from Template(module.path, module.params).deployed()

    def _all(self, kind: str) -> list[Node]:
        return [node for node in self.root.named_children if node.type == kind]

    def _bodies(self, node: Node, scope: Mapping[str, Any] | None = None) -> Iterator[tuple[Any, dict[str, Any]]]:
        scope = scope or {}
        if node.type == "if_statement":
            condition = self._value(node.named_children[0], scope)
            yield from ((condition, body) for _, body in self._bodies(node.named_children[1], scope))
        elif node.type == "for_statement":
            names, items, body = node.named_children
            item, *index = (_text(name) for name in names.named_children or [names])
            values = self._value(items, scope)
            for position, value in enumerate([Unknown(item)] if isinstance(values, Unknown) else values):
                inner = {**scope, item: value, **({index[0]: position} if index else {})}
                yield from self._bodies(body, inner)
        else:
            yield True, self._value(node, scope)

    def _value(self, node: Node, scope: Mapping[str, Any]) -> Any:
        reader = _READERS.get(node.type)
        return reader(self, node, scope) if reader else Unknown(_text(node))

    def _identifier(self, node: Node, scope: Mapping[str, Any]) -> Any:
        name = _text(node)
        if name in scope:
            return scope[name]
        if name in self.given:
            return self.given[name]
        if name in self.variables:
            return self._value(self.variables[name], {})
        default = self.parameters.get(name)
        return self._value(default, {}) if default is not None else Unknown(name)

    def _string(self, node: Node, scope: Mapping[str, Any]) -> str:
        parts = []
        for child in node.named_children:
            if child.type == "interpolation":
                value = self._value(child.named_children[0], scope)
                parts.append(f"${{{value}}}" if isinstance(value, Unknown) else str(value))
            else:
                parts.append(_text(child).removeprefix("\\") if child.type == "escape_sequence" else _text(child))
        return "".join(parts)

    def _object(self, node: Node, scope: Mapping[str, Any]) -> dict[str, Any]:
        properties = [child.named_children for child in node.named_children if child.type == "object_property"]
        return {
            self._string(key, scope) if key.type == "string" else _text(key): self._value(value, scope)
            for key, value in properties
        }

    def _array(self, node: Node, scope: Mapping[str, Any]) -> list[Any]:
        return [self._value(child, scope) for child in node.named_children if child.type != "comment"]

    def _member(self, node: Node, scope: Mapping[str, Any]) -> Any:
        target, key = node.named_children
        owner = self._value(target, scope)
        name = _text(key) if key.type == "property_identifier" else self._value(key, scope)
        if isinstance(owner, dict) and name in owner:
            return owner[name]
        written = f".{name}" if key.type == "property_identifier" else f"[{name}]"
        return Unknown(f"{owner}{written}")

    def _ternary(self, node: Node, scope: Mapping[str, Any]) -> Any:
        condition, yes, no = (self._value(child, scope) for child in node.named_children)
        return Unknown(_text(node)) if isinstance(condition, Unknown) else yes if condition else no

    def _binary(self, node: Node, scope: Mapping[str, Any]) -> Any:
        left, right = (self._value(child, scope) for child in node.named_children)
        operator = _text(node.children[1])
        compare = _OPERATORS.get(operator)
        return Unknown(_text(node)) if not compare or isinstance(left, Unknown) else compare(left, right)

    def _call(self, node: Node, scope: Mapping[str, Any]) -> Any:
        name = _text(node.named_children[0])
        arguments = [self._value(child, scope) for child in node.named_children[1].named_children]
        match name:
            case "loadJsonContent":
                return json.loads((self.path.parent / arguments[0]).read_text(encoding="utf-8"))
            case "loadTextContent":
                return (self.path.parent / arguments[0]).read_text(encoding="utf-8")
            case "concat" if not any(isinstance(argument, Unknown) for argument in arguments):
                return [item for argument in arguments for item in argument]
            case "subscriptionResourceId":
                return "/".join(map(str, arguments))
            case "empty" if not isinstance(arguments[0], Unknown):
                return not arguments[0]
            case "union" if not any(isinstance(argument, Unknown) for argument in arguments):
                return {key: value for argument in arguments for key, value in argument.items()}
            case _:
                return Unknown(_text(node))


def _text(node: Node) -> str:
    return (node.text or b"").decode()


_Reader = Callable[[Template, Node, Mapping[str, Any]], Any]
_OPERATORS: Final[dict[str, Callable[[Any, Any], bool]]] = {
    "==": lambda left, right: left == right,
    "!=": lambda left, right: left != right,
    ">": lambda left, right: left > right,
}

_READERS: Final[dict[str, _Reader]] = {
    "identifier": Template._identifier,
    "string": Template._string,
    "number": lambda _, node, __: int(_text(node)),
    "boolean": lambda _, node, __: _text(node) == "true",
    "null": lambda *_: None,
    "object": Template._object,
    "array": Template._array,
    "member_expression": Template._member,
    "subscript_expression": Template._member,
    "ternary_expression": Template._ternary,
    "binary_expression": Template._binary,
    "parenthesized_expression": lambda template, node, scope: template._value(node.named_children[0], scope),
    "call_expression": Template._call,
}


def every_template() -> list[Path]:
    """All Bicep files of the project."""
    return sorted(INFRA.rglob("*.bicep"))


def main(**given: Any) -> Template:
    """The whole deployment, with parameters."""
    return Template(INFRA / "main.bicep", given)
