"""Record every story and replace `tests/workflow/histories`, if all of them could be recorded."""

from __future__ import annotations

import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from tests.workflow.recording.recorder import recording_stack
from tests.workflow.recording.stories import STORIES

HISTORIES: Final = Path(__file__).parents[1] / "histories"


def main() -> None:
    recorded: dict[str, str] = {}
    with TemporaryDirectory() as state, recording_stack(Path(state) / "stack") as recorder:
        for name, story in STORIES.items():
            recorded[name] = recorder.recording(story(recorder))
            sys.stdout.write(f"recorded {name}\n")
            sys.stdout.flush()
    for left_over in HISTORIES.glob("*.json"):
        left_over.unlink()
    for name, turn in recorded.items():
        (HISTORIES / f"{name}.json").write_text(turn, encoding="utf-8")


if __name__ == "__main__":
    main()
