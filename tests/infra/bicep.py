"""Reads Bicep: which resources and modules a deployment has and what is said of them, as far as it is known beforehand.

tree-sitter-bicep reads names and values well and judges badly (it lets mistakes pass), so it is used to read only.
What a module is given is followed to the resource it comes from, and said as a Fact of that resource.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path
from typing import Any, Final

import tree_sitter_bicep
from tree_sitter import Language, Node, Parser

from tests.infra.bicep_values import Names, Reference, Unknown, text_of, turns, value

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
    def reference(self) -> Reference:
        """The type, and the name after those of its parents."""
        parent = f"{self.body['parent'].name}/" if "parent" in self.body else ""
        return Reference(f"{self.type}:{parent}{self.name}")

    @property
    def properties(self) -> dict[str, Any]:
        """The properties."""
        return self.body.get("properties", {})


@dataclass(frozen=True)
class Module:
    """One use of another template."""

    symbol: str
    condition: Any
    body: dict[str, Any]
    template: Template

    @property
    def path(self) -> Path:
        """The template's file."""
        return self.template.path

    @property
    def params(self) -> Mapping[str, Any]:
        """The arguments for its parameters."""
        return self.template.given


class Outputs(Mapping[str, Any]):
    """Outputs by name. Each is evaluated when it is read."""

    def __init__(self, written: Mapping[str, Node], names: Names) -> None:
        self._written, self._names = written, names

    def __getitem__(self, name: str) -> Any:
        return value(self._written[name], self._names)

    def __iter__(self) -> Iterator[str]:
        return iter(self._written)

    def __len__(self) -> int:
        return len(self._written)


@dataclass
class Template:
    """A Bicep file with its `given` parameters; the others have their defaults or are unknown."""

    path: Path
    given: Mapping[str, Any] = field(default_factory=dict)

    @cached_property
    def root(self) -> Node:
        """The syntax tree."""
        return _parsed(self.path)

    @cached_property
    def parameters(self) -> dict[str, Node | None]:
        """Declared parameters and their defaults."""
        declared = {}
        for name, node in self._declared("parameter").items():
            default = node.named_children[2:]
            declared[name] = default[0] if default else None
        return declared

    @cached_property
    def outputs(self) -> Outputs:
        """The outputs."""
        written = {name: node.named_children[-1] for name, node in self._declared("output").items()}
        return Outputs(written, self._names)

    @cached_property
    def resources(self) -> list[Resource]:
        """All resources, loops unrolled."""
        return [resource for symbol in self._declared("resource") for resource in self._resources_of(symbol)]

    @cached_property
    def modules(self) -> list[Module]:
        """All uses of other templates."""
        return [self._module(symbol) for symbol in self._declared("module")]

    def variable(self, name: str) -> Any:
        """Return the value of a variable."""
        return value(self._declared("variable")[name].named_children[-1], self._names)

    def deployed(self) -> Iterator[tuple[Template, Resource]]:
        """Yield each resource that a deployment makes, here and in modules, with its template."""
        for resource in self.resources:
            if not resource.existing and resource.condition is not False:
                yield self, resource
        for module in self.modules:
            if module.condition is not False:
                yield from module.template.deployed()

    @property
    def _names(self) -> Names:
        return Names(self._lookup, self.path.parent)

    def _lookup(self, name: str) -> Any:
        if name in self.given:
            return self.given[name]
        if name in self._declared("variable"):
            return self.variable(name)
        default = self.parameters.get(name)
        if default:
            return value(default, self._names)
        if name in self._declared("module"):
            return {"symbol": name, "outputs": self._module(name).template.outputs}
        if name in self._declared("resource"):
            node = self._declared("resource")[name]
            references = [resource.reference for resource in self._resources_of(name)]
            return references if node.named_children[-1].type == "for_statement" else references[0]
        return Unknown(name)

    @cached_property
    def _evaluated(self) -> dict[str, list[Resource]]:
        return {}

    def _resources_of(self, symbol: str) -> list[Resource]:
        if symbol not in self._evaluated:
            node = self._declared("resource")[symbol]
            kind, _, version = str(value(node.named_children[1], self._names)).partition("@")
            existing = any(text_of(child) == "existing" for child in node.children)
            self._evaluated[symbol] = [
                Resource(symbol, kind, version, existing, condition, body)
                for condition, body in _bodies(node.named_children[-1], self._names)
            ]
        return self._evaluated[symbol]

    @cached_property
    def _used(self) -> dict[str, Module]:
        return {}

    def _module(self, symbol: str) -> Module:
        if symbol not in self._used:
            node = self._declared("module")[symbol]
            ((condition, body),) = _bodies(node.named_children[-1], self._names)
            path = self.path.parent / value(node.named_children[1], self._names)
            self._used[symbol] = Module(symbol, condition, body, Template(path, body.get("params", {})))
        return self._used[symbol]

    def _declared(self, kind: str) -> Mapping[str, Node]:
        return _declarations(self.path).get(kind, {})


@cache
def _parsed(path: Path) -> Node:
    return _PARSER.parse(path.read_bytes()).root_node


@cache
def _declarations(path: Path) -> dict[str, dict[str, Node]]:
    """Return the declarations by their kind and name."""
    found: dict[str, dict[str, Node]] = {}
    for node in _parsed(path).named_children:
        kind, _, declared = node.type.rpartition("_")
        if declared == "declaration":
            found.setdefault(kind, {})[text_of(node.named_children[0])] = node
    return found


def _bodies(node: Node, names: Names) -> Iterator[tuple[Any, dict[str, Any]]]:
    """Yield condition and body of a resource or module, once for each turn of its loop."""
    if node.type == "if_statement":
        condition, body = node.named_children
        yield from ((value(condition, names), inner) for _, inner in _bodies(body, names))
    elif node.type == "for_statement":
        for body, turn in turns(node, names):
            yield from _bodies(body, turn)
    else:
        yield True, value(node, names)


def every_template() -> list[Path]:
    """Return the paths of all Bicep files of the project."""
    return sorted(INFRA.rglob("*.bicep"))


@cache
def main(**given: Any) -> Template:
    """Return the whole deployment, with parameters."""
    return Template(INFRA / "main.bicep", given)
