"""`python -m evidence`: verify a bundle without Azure; see docs/evidence.md."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from enum import IntEnum
from pathlib import Path
from typing import Final

from contracts.plain_text import escape_invisible
from contracts.proofs.key_set import KeySetError, read_attestation_jwk_set, read_jwk_set
from evidence.bundle_reading import BundleError
from evidence.report import in_words
from evidence.verify import DigestError, Keys, MissingBundleError, check_digest, verify_bundle

_EPILOG: Final = """\
Without --digest a bundle vouches only for itself: whoever made it could have made all of it.

exit code: 0 sound, even if something is not proved; 3 not sound; 2 not a bundle; 5 no such file
"""


class ExitCode(IntEnum):
    """The exit codes, equal to those of `compliance verify --file`."""

    SOUND = 0
    USAGE = 2
    NOT_SOUND = 3
    NOT_FOUND = 5


def main(arguments: Sequence[str] | None = None) -> ExitCode:
    """Verify the bundle that the arguments name and print the result."""
    options = _options(arguments)
    try:
        if options.digest:
            check_digest(options.digest)
        trusted = Keys(
            read_jwk_set(options.keys) if options.keys else None,
            read_attestation_jwk_set(options.attestation_keys) if options.attestation_keys else None,
        )
        result = verify_bundle(options.file, options.digest, trusted)
    except (BundleError, DigestError, KeySetError) as error:
        print(f"Error: {escape_invisible(error, keep_lines=True)}", file=sys.stderr)
        return ExitCode.NOT_FOUND if isinstance(error, MissingBundleError) else ExitCode.USAGE
    if options.json:
        print(json.dumps(result.model_dump(mode="json", by_alias=True), indent=2))
    else:
        print("\n".join(in_words(result)))
    return ExitCode.SOUND if result.sound else ExitCode.NOT_SOUND


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m evidence",
        description="Verify a bundle of evidence: without network, without settings.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("file", metavar="FILE.zip", type=Path, help="a bundle that `compliance evidence` has written")
    parser.add_argument("--digest", help="the auditDigest of the completion event that you have kept")
    parser.add_argument(
        "--keys", metavar="FILE", type=Path, help="check proofs of identity with this JWK Set, not the bundle's own"
    )
    parser.add_argument(
        "--attestation-keys",
        metavar="FILE",
        type=Path,
        help="check attestations with this JWK Set of the front door, not the bundle's own",
    )
    parser.add_argument("--json", action="store_true", help="print JSON for programs")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
