"""The `devhost` command: it heeds Ctrl-C before it loads anything, which takes a while."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command."""
    try:
        from devhost.cli import run  # noqa: PLC0415

        run()
    except KeyboardInterrupt:
        sys.exit(130)  # as shells report SIGINT


if __name__ == "__main__":
    main()
