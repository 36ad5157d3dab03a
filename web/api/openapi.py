"""The API's description, docs/openapi.json, made from the table of calls: `python -m web.api.openapi` writes it.

https://spec.openapis.org/oas/v3.1.0
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from web.api.calls import BYTES, CALLS, FORM, Call
from web.api.models import ProblemJson
from web.api.reviews_json import BASE

FILE: Final = Path(__file__).resolve().parents[2] / "docs" / "openapi.json"
_COMPONENT: Final = "#/components/schemas/{model}"
_PARAMETER: Final = re.compile(r"\{(\w+)\}")
_FILE: Final = {"type": "string", "format": "binary"}
_SUBMISSION: Final = {
    "type": "object",
    "required": ["file"],
    "properties": {"file": _FILE, "name": {"type": "string"}, "documentClass": {"type": "string"}},
}


def document() -> dict[str, Any]:
    """Return the description."""
    taken = [(call.takes, "validation") for call in CALLS if isinstance(call.takes, type)]
    given = [(each, "serialization") for call in CALLS for each in call.answers.values() if isinstance(each, type)]
    models: list[Any] = [*taken, *given, (ProblemJson, "serialization")]
    _, schemas = models_json_schema(models, ref_template=_COMPONENT)
    paths: dict[str, Any] = {}
    for call in CALLS:
        paths.setdefault(BASE + call.path, {})[call.method.lower()] = _operation(call)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Document compliance",
            "version": "1",
            "description": "Reviews as those whom they concern may see them. What does not concern you does not exist: "
            "404. Each person may send so many requests; then the answer is 429.",
        },
        "paths": paths,
        "components": {
            "schemas": schemas["$defs"],
            "securitySchemes": {"entra": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}},
        },
        "security": [{"entra": []}],
    }


def text() -> str:
    """Return the description as its file has it."""
    return json.dumps(document(), indent=2, ensure_ascii=False) + "\n"


def _operation(call: Call) -> dict[str, Any]:
    parameters = [_parameter("path", name, None, required=True) for name in _PARAMETER.findall(call.path)]
    parameters += [_parameter("query", name, means) for name, means in call.query]
    parameters += [_parameter("header", name, means) for name, means in call.headers]
    operation: dict[str, Any] = {
        "operationId": call.handle.__name__,  # pyright: ignore[reportFunctionMemberAccess]
        "summary": call.does,
        "parameters": parameters,
        "responses": {
            str(int(status)): {"description": status.phrase, "content": _content(answer)}
            for status, answer in call.answers.items()
        }
        | {"default": {"description": "Why not.", "content": {"application/problem+json": _reference(ProblemJson)}}},
    }
    if call.takes:
        operation["requestBody"] = {"required": True, "content": _content(call.takes)}
    return operation


def _parameter(place: str, name: str, means: str | None, *, required: bool = False) -> dict[str, Any]:
    about = {"description": means} if means else {}
    return {"name": name, "in": place, "required": required, "schema": {"type": "string"}, **about}


def _content(given: type[BaseModel] | str) -> dict[str, Any]:
    if given == FORM:
        return {FORM: {"schema": _SUBMISSION}}
    if isinstance(given, str):
        return {kind: {"schema": _FILE} for kind in ((given,) if given != BYTES else ("application/pdf", BYTES))}
    return {"application/json": _reference(given)}


def _reference(model: type[BaseModel]) -> dict[str, Any]:
    return {"schema": {"$ref": _COMPONENT.format(model=model.__name__)}}


if __name__ == "__main__":
    FILE.write_text(text(), encoding="utf-8")
