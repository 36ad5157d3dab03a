"""The API's description is that of its calls, and what the front door costs a process that never uses it."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from web.api import openapi
from web.api.calls import CALLS

ROOT = Path(__file__).parents[3]


def test_the_committed_description_is_that_of_the_calls() -> None:
    assert openapi.FILE.read_text(encoding="utf-8") == openapi.text(), "run `make schemas`"


def test_every_reference_leads_somewhere_and_every_call_says_why_not() -> None:
    document = openapi.document()
    schemas = document["components"]["schemas"]

    assert set(re.findall(r"#/components/schemas/(\w+)", openapi.text())) == set(schemas)
    operations = [operation for path in document["paths"].values() for operation in path.values()]
    assert len({operation["operationId"] for operation in operations}) == len(CALLS)
    for operation in operations:
        assert "application/problem+json" in operation["responses"]["default"]["content"]


def test_every_key_is_in_camel_case() -> None:
    for name, schema in openapi.document()["components"]["schemas"].items():
        assert not [key for key in schema.get("properties", {}) if "_" in key], name


def test_the_message_side_does_not_import_the_front_door() -> None:
    program = (
        "import sys, triggers.web_request, reviews.app\n"
        "print([name for name in sys.modules if name.partition('.')[0] in "
        "('web', 'starlette', 'jinja2', 'python_multipart') or name.startswith('adapters.front_door')])"
    )

    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=True, capture_output=True, text=True)  # noqa: S603 our own

    assert done.stdout == "[]\n"
