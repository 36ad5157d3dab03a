"""The calls that hand out files: the bytes of a document, and evidence."""

from __future__ import annotations

import re
from http import HTTPStatus
from pathlib import PurePosixPath
from typing import Final
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response

from web.api.json_answers import refuse
from web.door import Door
from web.pages.answer_words import as_sentence
from web.pages.rendering import page
from web.problems import ProblemError, bad_request
from web.requests import check_shown
from web.views.document import Part, document_part, log_read
from web.views.evidence import evidence_of
from web.views.one_review import review_for
from web.visitors import Visitor

_RANGE: Final = re.compile(r"bytes=([0-9]{0,18})-([0-9]{0,18})")
_POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'; object-src 'self'; frame-ancestors 'self'"
_PROBLEM_POLICY: Final = "default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'self'"
_LONGEST_NAME: Final = 150  # characters, which take 1,800 bytes at most
_NOT_SHOWN: Final = "not-shown"
_PDF: Final = "application/pdf"  # whose viewer a sandbox would stop


async def get_document(door: Door, visitor: Visitor, request: Request) -> Response:
    """Hand out the bytes under review, or a part of them."""
    check_shown(request)
    seen = await review_for(door, visitor, request.path_params["review_id"])
    _check_match(request, seen.head.document.sha256)
    part = await document_part(door, seen, _range(request, seen.head.document.sha256))
    is_download = "download" in request.query_params
    if part.media_type is None and not is_download:
        _refuse_frame(request)
        is_download = True
    if request.method != "HEAD":
        await log_read(door, visitor, seen, part)
    headers = {
        "Content-Disposition": _disposition(seen.head.document.name, inline=not is_download),
        "Content-Security-Policy": _POLICY if part.media_type == _PDF else f"{_POLICY}; sandbox",
        "ETag": f'"{part.sha256}"',
        "Accept-Ranges": "bytes",
    }
    if not part.is_whole:
        headers["Content-Range"] = f"bytes {part.start}-{part.start + len(part.content) - 1}/{part.length}"
    status = HTTPStatus.OK if part.is_whole else HTTPStatus.PARTIAL_CONTENT
    return Response(part.content, status, headers, _media_type(part))


def _refuse_frame(request: Request) -> None:
    """Raise ProblemError if a page of ours shows the document in a frame, which would stay empty."""
    if request.headers.get("sec-fetch-dest") == "iframe":
        text = "a browser cannot show this file; download it, and look at it before you decide"
        raise ProblemError(HTTPStatus.NOT_ACCEPTABLE, _NOT_SHOWN, text)


def _media_type(part: Part) -> str:
    return part.media_type or "application/octet-stream"


def _check_match(request: Request, sha256: str | None) -> None:
    """Raise ProblemError if the request is for other bytes, by its header If-Match."""
    wanted = request.headers.get("if-match")
    if wanted is not None and wanted != "*" and f'"{sha256}"' not in [each.strip() for each in wanted.split(",")]:
        text = "the document under review has other bytes; look at the review again"
        raise ProblemError(HTTPStatus.PRECONDITION_FAILED, "wrong-version", text)


def _range(request: Request, sha256: str | None) -> tuple[int | None, int | None] | None:
    """Return the first and the last byte that are wanted; None for all, as for those who have a part of other bytes."""
    wanted, etag = request.headers.get("range"), f'"{sha256}"'
    if wanted is None or request.headers.get("if-range", etag) != etag:
        return None
    found = _RANGE.fullmatch(wanted.strip())
    if not found or not (found[1] or found[2]):
        raise bad_request("Range: ask for one range of bytes, such as bytes=0-4194303")
    return int(found[1]) if found[1] else None, int(found[2]) if found[2] else None


def _disposition(name: str, *, inline: bool) -> str:
    """Return the header that names the file: its last part, whatever characters are in it, a very long one cut."""
    file = name.rpartition("/")[2]
    end = PurePosixPath(file).suffix if len(file) > _LONGEST_NAME else ""
    kept = file[: _LONGEST_NAME - len(end)] + end if len(end) < _LONGEST_NAME else file[:_LONGEST_NAME]
    return f"{'inline' if inline else 'attachment'}; filename*=UTF-8''{quote(kept, safe='')}"


async def refuse_document(request: Request, problem: ProblemError) -> Response:
    """Return a problem; to a browser that was about to show the document, in a frame of ours or a tab, as a page."""
    if request.headers.get("sec-fetch-mode") != "navigate":
        return await refuse(request, problem)
    is_nothing = problem.status is HTTPStatus.NOT_FOUND
    text = "The document is not there any more, or does not concern you." if is_nothing else as_sentence(problem.detail)
    headers = {**problem.headers, "Content-Security-Policy": _PROBLEM_POLICY}
    download = f"{request.url.path}?download" if problem.kind == _NOT_SHOWN else None
    return page("no_document", problem.status, headers, text=text, download=download)


async def get_evidence(door: Door, visitor: Visitor, request: Request) -> Response:
    """Hand out the evidence of a review."""
    seen = await review_for(door, visitor, request.path_params["review_id"])
    headers = {"Content-Disposition": f'attachment; filename="evidence-{seen.head.review_id[:12]}.zip"'}
    return Response(await evidence_of(door, seen), HTTPStatus.OK, headers, "application/zip")
