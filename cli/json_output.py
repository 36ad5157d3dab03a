"""What commands print with `--json`, and its keys in their help."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from inspect import cleandoc
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, TypeAdapter
from pydantic.alias_generators import to_camel

Command = TypeVar("Command", bound=Callable[..., None])


class JsonOutput(BaseModel):
    """An object that a command prints, independent of what goes over the wire.

    Its keys are in camelCase and always there; an unknown value is null.
    """

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, frozen=True)


def prints_json(output: Any, notes: str = "") -> Callable[[Command], Command]:
    """Describe at the end of a command's help what it prints with `--json`: a model, or a list of one.

    `notes` add what the keys alone do not show.
    """
    paragraph = f"With --json {keys_of(output)}{f'; {notes}' if notes else ''}."

    def add_paragraph(command: Command) -> Command:
        command.__doc__ = f"{cleandoc(command.__doc__ or '')}\n\n{paragraph}"
        vars(command)["json_output"] = output  # for tests, which compare it with what is printed
        return command

    return add_paragraph


def keys_of(output: Any) -> str:
    """Return what is printed with its keys, such as `an array of {id, document {name}, decisions [{seq}]}`."""
    schema = TypeAdapter(output).json_schema(mode="serialization")
    is_list = schema.get("type") == "array"
    return f"{'an array of' if is_list else 'one object'} {_keys(schema['items'] if is_list else schema, schema)}"


def _keys(schema: Mapping[str, Any], root: Mapping[str, Any]) -> str:
    match schema:
        case {"$ref": str(reference)}:
            return _keys(root["$defs"][reference.rpartition("/")[2]], root)
        case {"anyOf": [*choices]}:
            return next(filter(None, (_keys(choice, root) for choice in choices)), "")
        case {"items": items} if keys := _keys(items, root):
            return f"[{keys}]"
        case {"properties": properties}:
            return f"{{{', '.join(f'{name} {_keys(value, root)}'.strip() for name, value in properties.items())}}}"
    return ""
