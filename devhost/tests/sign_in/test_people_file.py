"""The file of people, and the lines that its refusals name."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from devhost.errors import StartError
from devhost.json_files import line_of
from devhost.sign_in.people_file import read_people

WRONG = {
    '{\n "people": [\n  {"userName": "ann"}\n  {"userName": "ben"}]}': "line 4: not valid JSON: Expecting ','",
    "[]": "line 1: the file: Input should be",
    '{\n "people": [\n  {"userName": "ann"},\n  {"name": "Ben"}]}': "line 4: people[1].userName: Field required",
    '{"people": [\n {"userName": "ann",\n  "oid": "17"}]}': "line 3: people[0].oid: Input should be a valid UUID",
    '{"people": [\n {"userName": "ann",\n  "role": ["a"]}]}': "line 3: people[0].role: Extra inputs are not permitted",
    '{"people": [{"userName": "ann\\n"}]}': "line 1: people[0].userName: String should match",
    '{"people": [{"userName": "ann"},\n {"userName": "ANN"}]}': "line 1: the file: userName ann is there twice",
    '{\n"sessionMinutes": 0}': "line 2: sessionMinutes: Input should be greater than or equal to 1",
}


@pytest.mark.parametrize(("text", "refusal"), WRONG.items())
def test_a_wrong_file_is_refused_with_its_line_and_the_reason(tmp_path: Path, text: str, refusal: str) -> None:
    file = tmp_path / "people.json"
    file.write_text(text)
    with pytest.raises(StartError, match=r"people\.json, line ") as refused:
        read_people(file)
    assert refusal in str(refused.value)


def test_a_file_that_is_missing_or_no_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "people.json").write_bytes(b"\xff")
    for name, reason in (("nobody.json", "No such file"), ("people.json", "is not UTF-8")):
        with pytest.raises(StartError, match=reason):
            read_people(tmp_path / name)


def test_somebody_without_an_object_id_always_gets_the_same_one(tmp_path: Path) -> None:
    file = tmp_path / "people.json"
    file.write_text('{"people": [{"userName": "Ann"}, {"userName": "ben"}]}')
    ann, ben = (sign_in := read_people(file)).people
    assert sign_in.oid_of(ann) == read_people(file).oid_of(ann) != sign_in.oid_of(ben)
    assert sign_in.find("aNN") == ann


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=20,
)


def _places(value: Any, place: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    members = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [place, *(inner for step, member in members for inner in _places(member, (*place, step)))]


@settings(max_examples=50)
@given(_JSON)
def test_a_line_is_that_on_which_the_member_begins(value: Any) -> None:
    """Mark one place after the other: its line is that of the mark."""
    text = json.dumps(value, indent=1)
    for place in _places(value):
        line = text.splitlines()[line_of(text, place) - 1]
        member = value
        for step in place:
            member = member[step]
        assert json.dumps(member, indent=1).splitlines()[0] in line


def test_a_member_that_is_missing_has_the_line_of_what_it_misses() -> None:
    assert line_of('{\n"a": {\n"b": 1}}', ("a", "c", 1)) == 2


def test_the_readme_shows_the_app_and_the_people_that_are_tested() -> None:
    tests = Path(__file__).parents[1]
    readme, app = (tests.parent / "README.md").read_text(), tests / "apps" / "who_am_i"
    code = (app / "function_app.py").read_text().split('"""', 2)[2].strip()
    assert f"```python\n{code}\n```" in readme
    people = json.loads((app / "people.json").read_text())["people"]
    shown = readme.split("--auth people.json", 1)[1].split("```json\n", 1)[1].split("```", 1)[0]
    assert json.loads(shown)["people"] == people
