"""The keys that proofs are checked with: a JWK Set (RFC 7517), each key public, of one person, with its terms.

Beside the standard members `kty`, `kid`, `alg` and the key itself a key has `reviewer`, and may have `notBefore`,
`notAfter` and `revokedAt` (ISO 8601 with a time zone).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Final, Generic, Literal, Self, TypeVar

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from jwt import PyJWK
from jwt.exceptions import PyJWTError
from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    model_validator,
)
from pydantic.alias_generators import to_camel

from compliance.proof import KeyTerms
from contracts.digest import digest_of
from contracts.messages.fields import Person, check_room
from contracts.messages.strict_json import MalformedMessageError, parse_object
from contracts.names import VERIFICATION_KEYS_SETTINGS

# How a policy names a key set: `setting:NAME` is an app setting, everything else a file relative to the policy file.
SETTING: Final = "setting:"
VERIFICATION_KEYS: Final = rf"^({SETTING}{VERIFICATION_KEYS_SETTINGS}[A-Z0-9_]*|[^:/\\][^:]*\.json)$"

Algorithm = Literal["EdDSA", "ES256", "RS256"]
# Each algorithm with the one kind of key that it may be used with. EdDSA here is Ed25519 (RFC 8037).
KINDS: Final[Mapping[Algorithm, tuple[str, str | None]]] = {
    "EdDSA": ("OKP", "Ed25519"),
    "ES256": ("EC", "P-256"),
    "RS256": ("RSA", None),
}
LEAST_RSA_BITS: Final = 2048  # RFC 7518, section 3.3
# The members that a thumbprint covers: RFC 7638, section 3.2, and RFC 8037, appendix A.3.
_IDENTIFYING: Final = {"OKP": ("crv", "kty", "x"), "EC": ("crv", "kty", "x", "y"), "RSA": ("e", "kty", "n")}

KeyId = Annotated[str, StringConstraints(min_length=1, max_length=128, pattern=r"^[A-Za-z0-9._~-]+$")]
M = TypeVar("M", bound=BaseModel)
_Moment = Annotated[AwareDatetime, AfterValidator(check_room)]
_Number = Annotated[str, StringConstraints(min_length=1, max_length=2048, pattern=r"^[A-Za-z0-9_-]+$")]


class KeySetError(Exception):
    """A key set cannot be used; the text says which, where and why, and never holds a key."""


class VerifyingJwk(BaseModel):
    """One public key. Members that are not listed are refused: a private key must never be in a key set."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, frozen=True, extra="forbid")

    kid: KeyId
    alg: Algorithm
    kty: Literal["OKP", "EC", "RSA"]
    crv: Literal["Ed25519", "P-256"] | None = None
    x: _Number | None = None
    y: _Number | None = None
    n: _Number | None = None
    e: _Number | None = None
    use: Literal["sig"] | None = None
    not_before: _Moment | None = None
    not_after: _Moment | None = None
    revoked_at: _Moment | None = None

    @model_validator(mode="after")
    def _check_key(self) -> Self:
        if (self.kty, self.crv) != KINDS[self.alg]:
            kind = " ".join(filter(None, KINDS[self.alg]))
            raise ValueError(f"a key for {self.alg} must be of the kind {kind}")
        key = self.verifier().key
        if isinstance(key, RSAPublicKey) and key.key_size < LEAST_RSA_BITS:
            raise ValueError(f"an RSA key needs at least {LEAST_RSA_BITS} bits")
        if self.not_before and self.not_after and self.not_before > self.not_after:
            raise ValueError("notBefore is after notAfter")
        return self

    def verifier(self) -> PyJWK:
        """Return the key as PyJWT uses it, bound to its algorithm. Raises ValueError if its numbers make no key."""
        try:
            return PyJWK(self.wire(), self.alg)
        except PyJWTError:
            raise ValueError("its numbers are not a key of this kind") from None

    def wire(self) -> dict[str, Any]:
        """Return the JSON object in a key set."""
        return self.model_dump(mode="json", by_alias=True, exclude_none=True)

    @property
    def thumbprint(self) -> str:
        """The SHA-256 of the key itself (RFC 7638), in hexadecimal, whatever it is called."""
        return thumbprint(self.wire())


class PublicJwk(VerifyingJwk):
    """A key of a person."""

    reviewer: Person

    @property
    def terms(self) -> KeyTerms:
        """The key's owner, and the messages for which it counts."""
        return KeyTerms(self.reviewer, self.not_before, self.not_after, self.revoked_at)


class AttestationJwk(VerifyingJwk):
    """A key of the front door. It is nobody's: a member `reviewer` is refused."""

    @model_validator(mode="after")
    def _check_algorithm(self) -> Self:
        if self.alg != "ES256":
            raise ValueError("a front door signs with ES256 only")
        return self

    @property
    def terms(self) -> KeyTerms:
        """The messages for which the key counts."""
        return KeyTerms(None, self.not_before, self.not_after, self.revoked_at)


K = TypeVar("K", bound=VerifyingJwk)


class _JwkSet(BaseModel, Generic[K]):
    """A JWK Set as a file or setting holds it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    keys: Annotated[tuple[K, ...], Field(max_length=1000)]

    @model_validator(mode="after")
    def _check_ids(self) -> Self:
        ids = [key.kid for key in self.keys]
        if twice := sorted({kid for kid in ids if ids.count(kid) > 1}):
            raise ValueError(f"these kid appear twice: {', '.join(twice)}")
        return self

    def wire(self) -> dict[str, Any]:
        """Return the JSON object in a file or setting."""
        return {"keys": [key.wire() for key in self.keys]}


class JwkSet(_JwkSet[PublicJwk]):
    """The keys of people, which a policy names."""


class AttestationJwkSet(_JwkSet[AttestationJwk]):
    """The keys of the front door."""


@dataclass(frozen=True, slots=True)
class VerificationKey:
    """A key that is ready to check signatures."""

    kid: str
    verifier: PyJWK
    alg: Algorithm
    terms: KeyTerms
    thumbprint: str


KeySet = Mapping[str, VerificationKey]  # by kid


def parse_jwk_set(content: bytes, source: str) -> JwkSet:
    """Parse a key set. Raises KeySetError with everything that is wrong as `source: place: what`."""
    return _parse(JwkSet, content, source)


def read_jwk_set(file: Path) -> JwkSet:
    """Read the key set in a file. Raises KeySetError."""
    return parse_jwk_set(_read(file), str(file))


def parse_attestation_jwk_set(content: bytes, source: str) -> AttestationJwkSet:
    """Parse the front door's keys. Raises KeySetError as `parse_jwk_set` does."""
    return _parse(AttestationJwkSet, content, source)


def read_attestation_jwk_set(file: Path) -> AttestationJwkSet:
    """Read the front door's keys in a file. Raises KeySetError."""
    return parse_attestation_jwk_set(_read(file), str(file))


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise KeySetError(f"{file}: cannot be read: {error.strerror}") from error


def parse_jwk(content: bytes, source: str) -> PublicJwk:
    """Parse one public key. Raises KeySetError as `parse_jwk_set` does."""
    return _parse(PublicJwk, content, source)


def thumbprint(numbers: Mapping[str, Any]) -> str:
    """Return the SHA-256 of a key in JSON (RFC 7638), in hexadecimal."""
    return digest_of({name: numbers[name] for name in _IDENTIFYING[numbers["kty"]]})


def parse_attestation_jwk(content: bytes, source: str) -> AttestationJwk:
    """Parse one public key of the front door. Raises KeySetError as `parse_jwk_set` does."""
    return _parse(AttestationJwk, content, source)


def key_set(jwks: JwkSet | AttestationJwkSet) -> KeySet:
    """Make a key set ready to verify signatures."""
    return {key.kid: VerificationKey(key.kid, key.verifier(), key.alg, key.terms, key.thumbprint) for key in jwks.keys}


def _parse(model: type[M], content: bytes, source: str) -> M:
    try:
        return model.model_validate(parse_object(content))
    except MalformedMessageError as malformed:
        raise KeySetError(f"{source}: {malformed}") from malformed
    except ValidationError as error:
        raise KeySetError("\n".join(f"{source}: {mistake}" for mistake in _mistakes(error))) from None


def _mistakes(error: ValidationError) -> Iterator[str]:
    for found in error.errors(include_url=False, include_input=False):
        place = ".".join(map(str, found["loc"])) or "key set"
        if found["type"] != "extra_forbidden":
            yield f"{place}: {found['msg'].removeprefix('Value error, ')}"
        elif found["loc"][-1] in ("d", "p", "q", "dp", "dq", "qi", "oth", "k"):
            yield f"{place}: part of a private key, which nobody else may have; make a new key and add its public half"
        else:
            yield f"{place}: unknown member"
