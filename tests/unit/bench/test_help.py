"""`python -m bench --help`: everything that can be measured, and how long it takes; nothing is measured for it."""

from __future__ import annotations

import pytest

from bench.__main__ import BENCHMARKS, main


def test_help_names_every_benchmark_with_its_time(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--help"])
    assert ended.value.code == 0
    told = capsys.readouterr().out

    assert [name for name in BENCHMARKS if f"\n  {name} " not in told] == []
    assert "minutes in all" in told


def test_what_is_no_benchmark_is_told_with_those_there_are(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["latncy"])
    assert ended.value.code == 2
    assert "there is no benchmark latncy; there are latency, throughput" in capsys.readouterr().err
