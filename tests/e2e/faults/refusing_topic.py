"""The Event Grid topic as the app reaches it: passes events on, or refuses them for a while."""

from __future__ import annotations

import json
import threading
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Self

_PASSED_ON = ("aeg-sas-key", "Content-Type")


class RefusingTopic:
    """A proxy of a devhost's topic, once `state` is that devhost's folder; a context manager."""

    def __init__(self) -> None:
        self.state: Path | None = None
        self.refusing = False
        self.refused = 0
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._thread = threading.Thread(target=self._server.serve_forever, name="refusing-topic")

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    @property
    def url(self) -> str:
        """The topic endpoint for the app's settings."""
        return f"http://127.0.0.1:{self._server.server_port}/api/events"

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        topic = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                events = self.rfile.read(int(self.headers["Content-Length"]))
                if topic.refusing or topic.state is None:
                    topic.refused += 1
                    self.send_error(401)  # as with a wrong key; the SDK does not try again by itself
                    return
                endpoint = json.loads((topic.state / "endpoints.json").read_text())["eventGrid"]["endpoint"]
                headers = {name: self.headers[name] for name in _PASSED_ON}
                urllib.request.urlopen(urllib.request.Request(endpoint, events, headers)).close()  # noqa: S310 our own
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:
                """Do nothing: the app logs refusals."""

        return Handler
