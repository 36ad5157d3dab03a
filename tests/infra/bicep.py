"""Reads Bicep: which resources and modules a deployment has and what is said of them, as far as it is known beforehand.

tree-sitter-bicep reads names and values well and judges badly (it lets mistakes pass), so it is used to read only.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import tree_sitter_bicep
from tree_sitter import Language, Node, Parser

from tests.infra.bicep_values import Names, Unknown, text_of, value

INFRA: Final = Path(__file__).resolve().parents[2] / "infra"
_PARSER: Final = Parser(Language(tree_sitter_bicep.language()))


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
        """The name."""
        return str(self.body["name"])

    @property
    def properties(self) -> dict[str, Any]:
        """The properties."""
        return self.body.get("properties", {})


@dataclass(frozen=True)
class Module:
    """One use of another template."""

    symbol: str
    path: Path
    condition: Any
    body: dict[str, Any]

    @property
    def params(self) -> dict[str, Any]:
        """The arguments for its parameters."""
        return self.body.get("params", {})


@dataclass
class Template:
    """A Bicep file with its `given` parameters; the others have their defaults or are unknown."""

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
            name, _, *default = node.named_children
            declared[text_of(name)] = default[0] if default else None
        return declared

    @cached_property
    def outputs(self) -> set[str]:
        """Names of the outputs."""
        return {text_of(node.named_children[0]) for node in self._all("output_declaration")}

    @cached_property
    def resources(self) -> list[Resource]:
        """All resources, loops unrolled."""
        found = []
        for node in self._all("resource_declaration"):
            symbol, kind, *_ = node.named_children
            resource_type, _, version = str(value(kind, self._names)).partition("@")
            existing = any(text_of(child) == "existing" for child in node.children)
            for condition, body in _bodies(node.named_children[-1], self._names):
                found.append(Resource(text_of(symbol), resource_type, version, existing, condition, body))
        return found

    @cached_property
    def modules(self) -> list[Module]:
        """All uses of other templates."""
        found = []
        for node in self._all("module_declaration"):
            symbol, path, *_ = node.named_children
            for condition, body in _bodies(node.named_children[-1], self._names):
                found.append(Module(text_of(symbol), self.path.parent / value(path, self._names), condition, body))
        return found

    def resource(self, reference: Unknown) -> Resource:
        """Return what `symbol` or `symbol[0]` refers to."""
        match = re.fullmatch(r"(\w+)(?:\[(\d+)\])?", reference.text)
        assert match, f"{reference} is no reference to a resource"
        return [found for found in self.resources if found.symbol == match[1]][int(match[2] or 0)]

    def variable(self, name: str) -> Any:
        """Return the value of a variable."""
        return value(self._variables[name], self._names)

    def deployed(self) -> Iterator[tuple[Template, Resource]]:
        """Yield each resource that a deployment makes, here and in modules, with its template."""
        for resource in self.resources:
            if not resource.existing and resource.condition is not False:
                yield self, resource
        for module in self.modules:
            if module.condition is not False:
                yield from Template(module.path, module.params).deployed()

    @cached_property
    def _variables(self) -> dict[str, Node]:
        return {text_of(node.named_children[0]): node.named_children[-1] for node in self._all("variable_declaration")}

    @property
    def _names(self) -> Names:
        return Names(self._lookup, self.path.parent)

    def _lookup(self, name: str) -> Any:
        if name in self.given:
            return self.given[name]
        written = self._variables.get(name) or self.parameters.get(name)
        return value(written, self._names) if written else Unknown(name)

    def _all(self, kind: str) -> list[Node]:
        return [node for node in self.root.named_children if node.type == kind]


def _bodies(node: Node, names: Names) -> Iterator[tuple[Any, dict[str, Any]]]:
    """Condition and body of a resource or module, once for each turn of its loop."""
    if node.type == "if_statement":
        condition, body = node.named_children
        yield from ((value(condition, names), inner) for _, inner in _bodies(body, names))
    elif node.type == "for_statement":
        variables, items, body = node.named_children
        item, *index = (text_of(variable) for variable in variables.named_children or [variables])
        values = value(items, names)
        for position, each in enumerate([Unknown(item)] if isinstance(values, Unknown) else values):
            turn = {item: each} | dict.fromkeys(index, position)
            yield from _bodies(body, names.and_also(turn))
    else:
        yield True, value(node, names)


def every_template() -> list[Path]:
    """Return the paths of all Bicep files of the project."""
    return sorted(INFRA.rglob("*.bicep"))


def main(**given: Any) -> Template:
    """Return the whole deployment, with parameters."""
    return Template(INFRA / "main.bicep", given)
