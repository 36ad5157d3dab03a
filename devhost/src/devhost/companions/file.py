"""Which programs to start: the file of `devhost start --companion`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, TypeAdapter

from devhost.json_files import read_json

_LOCAL = ("127.0.0.1", "localhost")


def _check_local(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme != "http" or parts.hostname not in _LOCAL or not parts.port:
        raise ValueError("must be http://127.0.0.1:PORT/...")
    return url


class Companion(BaseModel):
    """A program: its command, without a shell, and a URL that answers 2xx once it is ready."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    command: Annotated[tuple[str, ...], Field(min_length=1)]
    health: Annotated[str, AfterValidator(_check_local)]
    environment: dict[str, str] = {}


_Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,30}$")]
_FILE: TypeAdapter[dict[_Name, Companion]] = TypeAdapter(dict[_Name, Companion])


def read_companions(file: Path) -> dict[str, Companion]:
    """Return the companions by name. Raises StartError naming the file, the line and what is wrong there."""
    return read_json(file, "the companions", _FILE)
