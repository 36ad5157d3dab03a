"""The committed JSON Schemas are those of the code."""

from __future__ import annotations

import inspect
import json
import runpy
from pathlib import Path

import pytest
from pydantic import BaseModel

from contracts import schema_export
from contracts.messages import decisions as inbound
from contracts.messages import outbound, submissions
from contracts.schema_export import CONTRACTS, DIRECTORY, schemas


@pytest.mark.parametrize("generated", [*schemas()], ids=lambda generated: generated[0].stem)
def test_a_committed_schema_is_the_generated_one(generated: tuple[Path, str]) -> None:
    path, text = generated
    assert path.read_text(encoding="utf-8") == text, "run: python -m contracts.schema_export"


def test_the_command_writes_every_schema(monkeypatch: pytest.MonkeyPatch) -> None:
    written: dict[Path, str] = {}
    monkeypatch.setattr(Path, "write_text", lambda path, text, encoding: written.update({path: text}))
    runpy.run_path(str(schema_export.__file__), run_name="__main__")
    assert written == dict(schemas())


def test_no_schema_is_left_over_from_a_contract_that_is_gone() -> None:
    assert {path.name for path in DIRECTORY.iterdir()} == {path.name for path, _ in schemas()}


def test_every_versioned_message_has_a_schema() -> None:
    """A new version of a message needs a schema, too."""
    versioned = {
        model
        for module in (inbound, submissions, outbound)
        for name, model in inspect.getmembers(module, inspect.isclass)
        if issubclass(model, BaseModel) and name[-2:-1] == "V" and name[-1:].isdigit()
    }
    assert versioned <= set(CONTRACTS)


@pytest.mark.parametrize("path", sorted(DIRECTORY.iterdir()), ids=lambda path: path.stem)
def test_every_field_of_a_published_schema_says_what_it_means(path: Path) -> None:
    schema = json.loads(path.read_text(encoding="utf-8"))
    parts = {"": schema} | schema.get("$defs", {})
    fields = {
        f"{name}.{field}": text for name, part in parts.items() for field, text in part.get("properties", {}).items()
    }

    assert fields
    assert [field for field, text in fields.items() if not text.get("description")] == []


@pytest.mark.parametrize("path", sorted(DIRECTORY.iterdir()), ids=lambda path: path.stem)
def test_a_schema_names_its_fields_in_camel_case_and_lets_later_versions_add_more(path: Path) -> None:
    schema = json.loads(path.read_text(encoding="utf-8"))
    objects = [schema, *(part for part in schema.get("$defs", {}).values() if part["type"] == "object")]
    for part in objects:
        assert not any("_" in field for field in part["properties"])
        assert part.get("additionalProperties", True) is (path.stem != "PolicyFile")
