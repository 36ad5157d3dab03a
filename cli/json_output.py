"""The form of what commands print with `--json`."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final, Self

import click
from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel

_HELP: Final = "help"


class JsonOutput(BaseModel):
    """An object that a command prints, independent of what goes over the wire.

    Its keys are in camelCase and always there; an unknown value is null.
    """

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, frozen=True, defer_build=True)


@dataclass(frozen=True, slots=True)
class Fields:
    """The keys of an output that a person has asked for."""

    keys: Collection[str]

    @classmethod
    def named(cls, output: type[JsonOutput], names: str) -> Self:
        """Return those that a list separated by commas names; all of an output if it names none.

        Prints the keys and ends the command if the list is `help`. Raises click.UsageError if there is no such key.
        """
        known = [to_camel(name) for name in output.model_fields]
        if names == _HELP:
            click.echo("\n".join(known))
            raise click.exceptions.Exit
        named = [name.strip() for name in names.split(",") if name.strip()] or known
        if unknown := sorted(set(named) - set(known)):
            raise click.UsageError(f"--json: there is no key {', '.join(unknown)}; there are {', '.join(known)}")
        return cls(named)

    def of(self, output: JsonOutput) -> Mapping[str, object]:
        """Return an output as JSON with these keys only."""
        return {key: value for key, value in output.model_dump(mode="json", by_alias=True).items() if key in self.keys}
