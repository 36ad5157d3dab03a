"""HTTP answers of the API: JSON, and problems. The answers to messages are in `web.views.answers`."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import Response

from web.api.models import ApiModel, ProblemJson
from web.problems import ProblemError


def json_answer(
    content: ApiModel, status: HTTPStatus = HTTPStatus.OK, headers: Mapping[str, str] | None = None
) -> Response:
    """Return an object as an answer."""
    return Response(content.model_dump_json(by_alias=True), status, headers, "application/json")


async def refuse(_request: Request, problem: ProblemError) -> Response:
    """Return a problem as an answer."""
    content = ProblemJson(
        type=f"urn:compliance:problem:{problem.kind}",
        title=problem.status.phrase,
        status=problem.status,
        detail=problem.detail,
    )
    headers = dict(problem.headers)
    if problem.status is HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = "Bearer"
    return Response(content.model_dump_json(), problem.status, headers, "application/problem+json")
