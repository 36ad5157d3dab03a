"""A front door's key in a file that only its owner can read: for a machine without a key vault."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path
from typing import Final

from jwt import PyJWK
from jwt.algorithms import ECAlgorithm
from jwt.exceptions import PyJWTError

from adapters.front_door.signing_key import SigningKeyError
from contracts.messages.strict_json import MAX_BYTES, MalformedMessageError, parse_object
from contracts.proofs.key_set import AttestationJwk, KeySetError, parse_attestation_jwk

_ES256: Final = ECAlgorithm(ECAlgorithm.SHA256)


class FileSigner:
    """An AttestationSigner with a key in a file."""

    def __init__(self, public: AttestationJwk, private: PyJWK) -> None:
        self._public = public
        self._private = private

    async def public_key(self) -> AttestationJwk:
        """Return the public half."""
        return self._public

    async def sign(self, data: bytes) -> bytes:
        """Return the signature."""
        return _ES256.sign(data, self._private.key)

    async def close(self) -> None:
        """Do nothing: nothing is open."""


def read_key_file(file: Path) -> FileSigner:
    """Read a front door's key. Raises SigningKeyError, whose text never contains the key."""
    try:
        with file.open("rb") as content:
            mode = os.fstat(content.fileno()).st_mode
            text = content.read(MAX_BYTES + 1)
    except OSError as error:
        raise SigningKeyError(f"the key file {file} cannot be read: {error.strerror}") from error
    try:
        private = parse_object(text)
        number = private.pop("d", None)
        if "reviewer" in private:
            raise SigningKeyError(
                f"{file}: this is a person's key; make the front door's: `compliance keys attest new`"
            )
        public = parse_attestation_jwk(json.dumps(private).encode(), str(file))
        if number is None:
            raise SigningKeyError(f"{file}: this is the public half; name the .private.json file of the same key")
        if os.name == "posix" and stat.S_IMODE(mode) & 0o077:
            advice = "if nobody has, `chmod 600` it, else revoke the key and make a new one"
            raise SigningKeyError(f"others may read the key file {file}; {advice}")
        return FileSigner(public, PyJWK({**private, "d": number}, public.alg))
    except (MalformedMessageError, KeySetError) as error:
        raise SigningKeyError(f"the key file {file} holds no key of a front door: {error}") from error
    except (PyJWTError, ValueError, TypeError):
        raise SigningKeyError(f"the key file {file} holds no key of a front door: its numbers are wrong") from None
