"""The policy file as people write it: YAML, each mistake told with its line."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import yaml
from pydantic import ValidationError

from contracts.policy_file import PolicyFile


class PolicyError(Exception):
    """The policy file cannot be used; the text says where and why."""


def parse_policies(text: str, source: str) -> PolicyFile:
    """The policies in a YAML text. Raises PolicyError with every mistake as `source:line: place: what is wrong`."""
    try:
        root = yaml.SafeLoader(text).get_single_node()
        content: Any = yaml.safe_load(text)
        twice = [f"{source}:{line}: the key {key!r} appears twice" for key, line in _keys_twice(root)]
    except yaml.MarkedYAMLError as error:
        line = f":{error.problem_mark.line + 1}" if error.problem_mark else ""
        raise PolicyError(f"{source}{line}: not YAML: {error.problem}") from error
    except (yaml.YAMLError, ValueError) as error:  # PyYAML lets impossible dates and numbers pass as ValueError
        raise PolicyError(f"{source}: not YAML: {error}") from error
    except RecursionError as error:
        raise PolicyError(f"{source}: not YAML: nested too deeply") from error
    if not isinstance(root, yaml.MappingNode):
        raise PolicyError(f"{source}:1: a mapping with the keys version and policies is expected")
    if twice:
        raise PolicyError("\n".join(twice))
    try:
        return PolicyFile.model_validate(content)
    except ValidationError as error:
        raise PolicyError("\n".join(f"{source}:{mistake}" for mistake in _mistakes(error, root))) from error


def _mistakes(error: ValidationError, root: yaml.Node) -> Iterator[str]:
    for found in error.errors(include_url=False, include_input=False):
        place = ".".join(map(str, found["loc"])) or "file"
        unknown = found["type"] == "extra_forbidden"
        text = "unknown key" if unknown else found["msg"].removeprefix("Value error, ")
        yield f"{_line(root, found['loc'])}: {place}: {text}"


def _line(node: yaml.Node, place: tuple[int | str, ...]) -> int:
    """The line (from 1) of the innermost node on the way to a place; what is missing is told where it is missing."""
    for part in place:
        inner: yaml.Node | None = None
        if isinstance(node, yaml.MappingNode):
            inner = next((value for key, value in node.value if key.value == part), None)
        elif isinstance(node, yaml.SequenceNode) and isinstance(part, int):
            inner = node.value[part]
        if inner is None:
            break
        node = inner
    return node.start_mark.line + 1


def _keys_twice(node: yaml.Node | None) -> Iterator[tuple[str, int]]:
    if isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            if key.value in seen:
                yield key.value, key.start_mark.line + 1
            seen.add(key.value)
            yield from _keys_twice(value)
    elif isinstance(node, yaml.SequenceNode):
        for item in node.value:
            yield from _keys_twice(item)
