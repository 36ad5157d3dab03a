"""HTTP calls to the running host of a state folder, by its `endpoints.json`."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPException, HTTPResponse
from pathlib import Path
from typing import Annotated, Any

import typer

from devhost.errors import StartError
from devhost.http_names import KEY_HEADER, TOPIC_KEY_HEADER
from devhost.state import read_endpoints

State = Annotated[Path, typer.Option("--state", metavar="FOLDER", help="Folder of all state.")]
DEFAULT_STATE = Path(".devhost")
_ANSWER_SECONDS = 3600.0  # an advance of the clock is answered once all that became due is done


def call(state: Path, method: str, path: str, body: object = None) -> Any:
    """Make one call and return its JSON answer. Raises StartError with the host's own text."""
    data = None if body is None else json.dumps(body).encode()
    with _open(state, method, path, data) as answer:
        return json.load(answer)


def lines(state: Path, path: str) -> Iterator[Any]:
    """Yield the JSON values of a stream, one for each line, until the host ends it. Raises StartError."""
    with _open(state, "GET", path, None) as answer:
        try:
            for line in answer:
                yield json.loads(line)
        except (OSError, HTTPException, ValueError) as error:
            raise StartError(f"The host of {state} went away: {error}") from error


@contextmanager
def _open(state: Path, method: str, path: str, data: bytes | None) -> Iterator[HTTPResponse]:
    endpoints: Any = read_endpoints(state)
    request = urllib.request.Request(  # noqa: S310  (the address is from our own file, always http on loopback)
        f"{endpoints['http']}{path}",
        method=method,
        data=data,
        headers={KEY_HEADER: endpoints["adminKey"], TOPIC_KEY_HEADER: endpoints["eventGrid"]["key"]},
    )
    try:
        answer = urllib.request.urlopen(request, timeout=_ANSWER_SECONDS)  # noqa: S310  (as above)
    except urllib.error.HTTPError as error:
        raise StartError(f"The host answered {error.code}: {error.read().decode(errors='replace')}") from error
    except (urllib.error.URLError, ConnectionError, TimeoutError) as error:
        raise StartError(
            f"The host of {state} does not answer: {error}. If it was killed, start it again with this --state."
        ) from error
    with answer:
        yield answer
