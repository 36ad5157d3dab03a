"""The reasons why the front door does not carry out a request, in the terms of RFC 9457."""

from __future__ import annotations

from http import HTTPStatus


class ProblemError(Exception):
    """A request that is not carried out. `kind` is for programs; `detail` says what was wrong and what to do."""

    def __init__(self, status: HTTPStatus, kind: str, detail: str, headers: dict[str, str] | None = None) -> None:
        super().__init__(detail)
        self.status = status
        self.kind = kind
        self.detail = detail
        self.headers = headers or {}


def not_found() -> ProblemError:
    """Return the answer about what does not exist, and about what does not concern the person: they look alike."""
    return ProblemError(HTTPStatus.NOT_FOUND, "not-found", "there is nothing here that concerns you")


def bad_request(detail: str) -> ProblemError:
    """Return the answer to a request that nobody could carry out."""
    return ProblemError(HTTPStatus.BAD_REQUEST, "bad-request", detail)


def not_allowed(detail: str) -> ProblemError:
    """Return the answer to somebody who may not do this."""
    return ProblemError(HTTPStatus.FORBIDDEN, "not-allowed", detail)


def conflict(kind: str, detail: str) -> ProblemError:
    """Return the answer to a request that came too late or contradicts what is there."""
    return ProblemError(HTTPStatus.CONFLICT, kind, detail)
