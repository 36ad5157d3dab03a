"""`make demo`: heed Ctrl-C and `--help` before anything is loaded, which takes a while; then run the demo."""

from __future__ import annotations

import argparse
import logging
import signal
import sys
from pathlib import Path

_INTERRUPTED = 130  # as shells report SIGINT


def main() -> int:
    """Run the demo; return the exit code: 0 only if everything ended as expected."""
    parser = argparse.ArgumentParser(
        prog="python -m local.demo",
        description="Start a stack, let six documents travel through it, and check how each of them ended.",
    )
    parser.add_argument("--svg", type=Path, metavar="FILE", help="save the closing table as a picture if all is well")
    signal.signal(signal.SIGINT, _interrupt)
    try:
        picture = parser.parse_args().svg
        from local.demo.performance import perform  # noqa: PLC0415

        return perform(picture)
    except KeyboardInterrupt:
        print("Interrupted. Nothing is left running.", file=sys.stderr)
        return _INTERRUPTED


def _interrupt(*_: object) -> None:
    """End the demo once: a second Ctrl-C must not cut short what stops the stack."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    logging.disable()  # of what clients say while their stack goes away
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
