"""The form of what commands print with `--json`."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel


class JsonOutput(BaseModel):
    """An object that a command prints, independent of what goes over the wire.

    Its keys are in camelCase and always there; an unknown value is null.
    """

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, frozen=True)
