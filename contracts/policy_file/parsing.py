"""The policy file as people write it: YAML, each mistake reported with its line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from typing import Any, Final

import yaml
from pydantic import ValidationError
from pydantic_core import ErrorDetails

from contracts.messages.fields import PRINTABLE
from contracts.policy_file.calendar import COUNTRY, RELATIVE_FILE, WORKING_HOURS, CalendarPolicy
from contracts.policy_file.checks import Mistake, mistakes_in
from contracts.policy_file.content_rules import EXTENSION, ContentRules
from contracts.policy_file.model import NAME
from contracts.policy_file.policies import Policies, ReadText, resolve_policies
from contracts.policy_file.shape import EscalationPolicy, PolicyFile, RetractionPolicy, ReviewPolicy, StagePolicy
from contracts.proofs.key_set import VERIFICATION_KEYS

_MEANING: Final = {
    NAME: "a name of lowercase letters, digits and hyphens, at most 64, is expected",
    PRINTABLE: "printable text is expected, neither blank nor with control characters",
    COUNTRY: "the two capital letters of a country are expected, such as DE",
    WORKING_HOURS: "hours such as 09:00-17:00 are expected",
    RELATIVE_FILE: "a path relative to the policy file is expected",
    VERIFICATION_KEYS: "the path of a .json file beside the policy file, or setting:VERIFICATION_KEYS..., is expected",
    EXTENSION: "an extension in lowercase letters without the dot is expected, such as pdf",
}
# Texts in place of pydantic's, which address Python programmers, by kind of mistake.
_EXPECTED: Final = {
    "string_type": "text is expected; put it in quotes: YAML reads NO, off, numbers and dates as something else",
    "string_too_short": "it is empty; fill it in, or remove the key",
    "too_short": "it is empty; fill it in, or remove the key",
    "tuple_type": "a list is expected, such as [a, b]",
    "dict_type": "keys with values are expected",
    "model_type": "keys with values are expected",
    "bool_type": "true or false is expected",
    "float_type": "a number is expected, without quotes or unit",
    "int_type": "a whole number is expected, without quotes or unit",
}
# Raised by PyYAML for dates and numbers that there are not, and for `!!int`, `!!bool` and `!!timestamp` of other texts.
_IMPOSSIBLE_VALUE: Final = (ValueError, OverflowError, LookupError, AttributeError)
_REPLACED: Final = {"requireProof": "write proof: ownKey in place of requireProof: true"}
_KEYS: Final = [
    str(field.alias)
    for model in (
        PolicyFile,
        ReviewPolicy,
        StagePolicy,
        EscalationPolicy,
        RetractionPolicy,
        CalendarPolicy,
        ContentRules,
    )
    for field in model.model_fields.values()
]


class PolicyError(Exception):
    """The policy file cannot be used; the text says where and why."""


def parse_policies(text: str, source: str, read: ReadText) -> Policies:
    """Parse the policies in a YAML text.

    Raises PolicyError with every mistake of a round (shape, names, quorums, times), each as
    `source:line: place: what is wrong`. `read` returns the text of a file that the policies name, by its path relative
    to the policy file.
    """
    try:
        root = yaml.SafeLoader(text).get_single_node()
        content: Any = yaml.safe_load(text)
        twice = [f"{source}:{line}: the key {key!r} appears twice" for key, line in _repeated_keys(root)]
    except yaml.MarkedYAMLError as error:
        line = f":{error.problem_mark.line + 1}" if error.problem_mark else ""
        raise PolicyError(
            f"{source}{line}: not YAML: {error.problem}; check the indentation and quotes there"
        ) from error
    except (yaml.YAMLError, *_IMPOSSIBLE_VALUE) as error:
        raise PolicyError(f"{source}: not YAML: {error}") from error
    except RecursionError as error:
        raise PolicyError(f"{source}: not YAML: nested too deeply") from error
    if not isinstance(root, yaml.MappingNode):
        raise PolicyError(f"{source}:1: a mapping with the keys version and policies is expected")
    if twice:
        raise PolicyError("\n".join(twice))
    try:
        file = PolicyFile.model_validate(content)
    except ValidationError as error:
        raise PolicyError(_report(map(_mistake, _real_mistakes(error)), root, source)) from error
    if mistakes := mistakes_in(file, read):
        raise PolicyError(_report(mistakes, root, source))
    return resolve_policies(file, read)


def _report(mistakes: Iterable[Mistake], root: yaml.Node, source: str) -> str:
    lines = sorted((_line(root, place), f"{'.'.join(map(str, place)) or 'file'}: {text}") for place, text in mistakes)
    return "\n".join(f"{source}:{line}: {text}" for line, text in lines)


def _real_mistakes(error: ValidationError) -> list[ErrorDetails]:
    """Drop mistakes that follow from others: pydantic leaves wrong entries out of a list, then finds it too short."""
    found = error.errors(include_url=False)
    containers = {each["loc"][:depth] for each in found for depth in range(len(each["loc"]))}
    return [each for each in found if each["type"] != "too_short" or each["loc"] not in containers]


def _mistake(found: ErrorDetails) -> Mistake:
    place = tuple(part for part in found["loc"] if part != "[key]")  # pydantic's word for a key that is wrong itself
    match found["type"]:
        case "missing":
            return Mistake(place, "it is missing; add it")
        case "extra_forbidden":
            return Mistake(place, _unknown_key(str(place[-1])))
        case kind:
            meaning = _MEANING.get(str(found.get("ctx", {}).get("pattern"))) or _EXPECTED.get(kind)
            return Mistake(place, meaning or found["msg"].removeprefix("Value error, "))


def _unknown_key(key: str) -> str:
    if key in _REPLACED:
        return f"unknown key; {_REPLACED[key]}"
    if key in _KEYS:
        return "this key belongs elsewhere in the file; docs/policy.md says where"
    alike = get_close_matches(key, _KEYS, n=1)
    return f"unknown key; did you mean {alike[0]}?" if alike else "unknown key; remove it"


def _line(node: yaml.Node, place: tuple[int | str, ...]) -> int:
    """Return the line (from 1) of a place; for a missing key the line of its parent."""
    for part in place:
        named = isinstance(node, yaml.MappingNode)
        children = ((key.value, value) for key, value in node.value) if named else enumerate(node.value)
        inner: yaml.Node | None = next((child for key, child in children if key == part), None)
        if inner is None:
            break
        node = inner
    return node.start_mark.line + 1


def _repeated_keys(node: yaml.Node | None) -> Iterator[tuple[str, int]]:
    if isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            if key.value in seen:
                yield key.value, key.start_mark.line + 1
            seen.add(key.value)
            yield from _repeated_keys(value)
    elif isinstance(node, yaml.SequenceNode):
        for item in node.value:
            yield from _repeated_keys(item)
