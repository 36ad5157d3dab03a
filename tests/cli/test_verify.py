"""`compliance verify --file` says what `python -m evidence` says, in the same words. No stack is needed."""

from __future__ import annotations

from pathlib import Path

import pytest

from evidence.__main__ import main
from tests.bundles import OLDER_DIGEST, OLDER_PAGE, contents, zipped
from tests.cli.running import run


@pytest.mark.parametrize("file", ["sound", "edited", "no bundle", "missing"])
@pytest.mark.parametrize(
    "options", [(), ("--json",), ("--digest", OLDER_DIGEST), ("--digest", "other"), ("--keys", "x")]
)
def test_both_say_the_same(
    file: str, options: tuple[str, ...], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bundle = {
        "sound": OLDER_PAGE,
        "edited": zipped(tmp_path, contents(OLDER_PAGE) | {"review.json": b"{}"}),
        "no bundle": Path(__file__),
        "missing": tmp_path / "none.zip",
    }[file]

    by_command = run("verify", "--file", bundle, *options)
    code = main([str(bundle), *options])

    assert (code, *capsys.readouterr()) == (by_command.code, by_command.out, by_command.err)
