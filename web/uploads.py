"""Documents as forms send them (multipart/form-data)."""

from __future__ import annotations

from http import HTTPStatus
from typing import Final, NamedTuple

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import parse_options_header
from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request

from web.actions.sending import invalid
from web.actions.submitting import MOST_BYTES, Upload
from web.problems import ProblemError, bad_request
from web.requests import body_of, too_large

_MOST_AROUND: Final = 64 * 1024  # bytes of a form around its file


class SentUpload(NamedTuple):
    """A document that somebody has sent, and the token of the page's form, if it came from there."""

    upload: Upload
    form: str


async def upload_of(request: Request) -> SentUpload:
    """Read the document that somebody submits. Raises ProblemError."""
    refusal = too_large(MOST_BYTES, "the file")
    await body_of(request, MOST_BYTES + _MOST_AROUND, refusal)
    kind, options = parse_options_header(request.headers.get("content-type"))
    # The parser would believe any other encoding that Python has, some of which take quadratic time.
    if kind != b"multipart/form-data" or options.get(b"charset", b"utf-8").lower() != b"utf-8":
        raise ProblemError(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "unsupported", "send a form (multipart/form-data, UTF-8)")
    try:
        async with request.form(max_files=1, max_fields=4, max_part_size=4096) as form:
            file = form.get("file")
            if not isinstance(file, UploadFile):
                raise invalid("file: is missing")
            if (file.size or 0) > MOST_BYTES:
                raise refusal
            name = _text(form, "name").strip() or file.filename or ""
            return SentUpload(
                Upload(name, await file.read(), _text(form, "documentClass") or None), _text(form, "form")
            )
    except (HTTPException, FormParserError) as error:
        raise bad_request("this form cannot be read: one file, and the fields name and documentClass") from error


def _text(form: FormData, name: str) -> str:
    value = form.get(name)
    return value if isinstance(value, str) else ""
