"""The pytest plugin, as its users have it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from devhost.errors import StartError
from devhost.testing import RunningHost, _endpoints

APPS = Path(__file__).parents[1] / "apps"
README = Path(__file__).parents[2] / "README.md"


@pytest.fixture(scope="module")
def devhost_options() -> list[str]:
    return ["--app", str(APPS / "approval")]


def test_nobody_answers_for_72_hours(devhost):
    asked = devhost.post("/api/approvals").json()
    devhost.clock.advance("71h59m")
    assert devhost.instance(asked["id"])["runtimeStatus"] == "Running"
    devhost.clock.advance("1m")
    assert devhost.finished(asked["id"])["output"] == "nobody answered"


def test_somebody_answers(devhost):
    asked = devhost.post("/api/approvals").json()
    sent = devhost.post(asked["sendEventPostUri"].replace("{eventName}", "Answer"), "approved")
    assert sent.status == 202, sent.body
    assert devhost.finished(asked["id"])["output"] == "approved"


def test_an_answer_of_the_app_is_returned_whatever_its_status(devhost: RunningHost) -> None:
    refused = devhost.get("/api/approvals")
    assert (refused.status, refused.body) == (405, b"No function answers GET on this route.\n")


def test_the_clients_reach_the_host_s_own_services(devhost: RunningHost) -> None:
    devhost.blobs().create_container("documents")
    assert [each["name"] for each in devhost.blobs().list_containers() if each["name"] == "documents"] == ["documents"]
    assert devhost.service_bus().fully_qualified_namespace in devhost.endpoints["serviceBus"]


def test_a_host_that_cannot_start_is_told_with_its_log(tmp_path: Path) -> None:
    class Ended:
        def poll(self) -> int:
            return 1

    (tmp_path / "output.log").write_text("devhost: function_app.py is missing")
    with pytest.raises(StartError, match=r"function_app\.py is missing"):
        _endpoints(tmp_path, Ended())  # pyright: ignore[reportArgumentType] - what is asked of a process


def test_a_test_that_fails_shows_what_the_host_has_logged_meanwhile(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        import pytest
        from devhost.testing import RunningHost

        @pytest.fixture(scope="module")
        def devhost(tmp_path_factory):
            host = RunningHost(tmp_path_factory.mktemp("host"), {})
            (host.state / "output.log").write_text("of the start\\n")
            yield host

        def add(host, line):
            with (host.state / "output.log").open("a") as log:
                log.write(line + "\\n")

        def test_good(devhost):
            add(devhost, "of the good one")

        def test_bad(devhost):
            add(devhost, "of the bad one")
            assert False
        """
    )
    shown = pytester.runpytest_inprocess("-p", "no:cacheprovider", "-p", "no:asyncio").stdout.str()
    section = shown.split("log of devhost", 1)[1]
    assert ("of the bad one" in section, "of the good one" in shown, "of the start" in shown) == (True, False, False)


def test_the_readme_shows_the_test_that_is_run_and_its_app() -> None:
    source = Path(__file__).read_text()
    test = source[source.index("def test_nobody_answers") : source.index("def test_somebody")]
    app = re.sub("  # pyright: .*", "", (APPS / "approval" / "function_app.py").read_text())
    for shown in (test, app):
        assert f"```python\n{shown.strip()}\n```" in README.read_text()
