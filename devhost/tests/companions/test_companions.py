"""Programs beside the stack: started before the app, ended with the host, or by the next one after a kill."""

from __future__ import annotations

import json
import os
import signal
import socket
import sys
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from devhost.companions.file import read_companions
from devhost.errors import StartError

SERVE = [sys.executable, "-m", "http.server", "--bind", "127.0.0.1"]
WRONG = {
    '{"mail": {\n "command": []}}': "line 2: mail.command: Tuple should have at least 1 item",
    '{"mail": {"command": ["x"],\n "health": "http://example.com:1/"}}': "line 2: mail.health: must be http://127.0.0.1",
    '{"mail": {"command": ["x"],\n "health": "http://127.0.0.1/"}}': "line 2: mail.health: must be http://127.0.0.1",
    '{\n"Mail": {"command": ["x"], "health": "http://127.0.0.1:1/"}}': "line 2: Mail",
    '{\n"mail": 1}': "line 2: mail: Input should be",
    "{": "line 1: not valid JSON",
}


def free_port() -> int:
    with socket.socket() as chosen:
        chosen.bind(("127.0.0.1", 0))
        return chosen.getsockname()[1]


def companions(folder: Path, **programs: Any) -> Path:
    file = folder / "companions.json"
    file.write_text(json.dumps(programs))
    return file


@pytest.mark.parametrize(("text", "refusal"), WRONG.items())
def test_a_wrong_file_is_refused_with_its_line_and_the_reason(tmp_path: Path, text: str, refusal: str) -> None:
    file = tmp_path / "companions.json"
    file.write_text(text)
    with pytest.raises(StartError) as refused:
        read_companions(file)
    assert refusal in str(refused.value)


def test_one_runs_beside_the_host_and_ends_with_it_or_with_the_next(new_host, tmp_path: Path) -> None:
    port = free_port()
    url = f"http://127.0.0.1:{port}/"
    (tmp_path / "it-runs-here").touch()
    host = new_host(None)
    host.options = ["--companion", str(companions(tmp_path, web={"command": [*SERVE, str(port)], "health": url}))]
    host.start()

    def pid() -> int:
        return int((host.state / "companion-web.lock").read_text())

    with urllib.request.urlopen(url) as answer:
        assert b"it-runs-here" in answer.read()
    assert "GET / HTTP" in (host.state / "companion-web.log").read_text()

    left = pid()
    host.kill()
    os.kill(left, 0)  # it is still there
    host.start()
    assert pid() != left

    os.kill(pid(), signal.SIGKILL)
    host.until_logged("Companion web has ended with exit code -9")
    assert host.command("doctor").stdout.count("companion web") == 1
    assert host.stop() == 0
    host.start()  # the process is new
    last = pid()
    assert host.stop() == 0
    with pytest.raises(ProcessLookupError):
        os.kill(last, 0)
    host.process = None


def test_one_that_cannot_start_stops_the_start_and_says_why(new_host, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    url = f"http://127.0.0.1:{port}/"
    failing = [sys.executable, "-c", "import sys; sys.exit('no room for mail')"]
    for command, reason in ((failing, "no room for mail"), (["no-such-program"], "cannot run no-such-program")):
        host = new_host(None)
        host.options = ["--companion", str(companions(tmp_path, mail={"command": command, "health": url}))]
        host.process = host.launch()
        assert host.process.wait() == 1
        assert reason in host.output
        host.process = None
