"""What a browser has sent with a form."""

from __future__ import annotations

from typing import Final
from urllib.parse import parse_qsl

from starlette.requests import Request

from web.problems import bad_request
from web.requests import body_of

_LONGEST: Final = 128 * 1024  # bytes: several decisions with a comment of 4,000 characters, percent-encoded
_MOST_FIELDS: Final = 200
_FORM: Final = "application/x-www-form-urlencoded"


class Fields(dict[str, list[str]]):
    """The values of each field, in their order."""

    def one(self, name: str) -> str:
        """Return the first value of a field, with line ends as everywhere else; empty if there is none."""
        return self.get(name, [""])[0].replace("\r\n", "\n")


async def fields_of(request: Request) -> Fields:
    """Read a posted form. Raises ProblemError if it is none, or too large."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != _FORM:
        raise bad_request(f"send a form as {_FORM}")
    body = await body_of(request, _LONGEST)
    try:
        pairs = parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=_MOST_FIELDS, errors="strict")
    except ValueError:
        raise bad_request("this form has too many fields, or is not UTF-8; open its page again") from None
    found = Fields()
    for name, value in pairs:
        found.setdefault(name, []).append(value)
    return found
