"""A small key vault on this machine: HTTPS and the documented REST of `get key` and `sign`, with a key of its own.

https://learn.microsoft.com/rest/api/keyvault/keys/get-key/get-key and .../sign/sign
"""

from __future__ import annotations

import datetime
import hashlib
import ipaddress
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from aiohttp import web
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed, decode_dss_signature
from jwt.algorithms import ECAlgorithm
from jwt.utils import base64url_decode, base64url_encode

NAME, OLD, NEW = "attestation", "0" * 32, "1" * 32
TOKEN = "token-of-the-front-door"  # noqa: S105 of this vault only


class Vault:
    """Two versions of one key. `failures` are answered before anything else, one per authenticated request."""

    def __init__(self) -> None:
        self.private: dict[str, Any] = {version: ec.generate_private_key(ec.SECP256R1()) for version in (OLD, NEW)}
        self.failures: list[tuple[str, int, str]] = []  # (operation, status, code), for each request to come
        self.asked: list[str] = []
        self.url = ""

    def public_jwk(self, version: str) -> dict[str, Any]:
        """Return the public half of a version as the vault shows it."""
        return ECAlgorithm.to_jwk(self.private[version].public_key(), as_dict=True)

    async def get_key(self, request: web.Request) -> web.Response:
        """Answer `GET /keys/{name}/{version}`."""
        if refused := self._refusal(request, "get"):
            return refused
        version = request.match_info["version"]
        jwk = self.public_jwk(version) | {"kid": self._kid(version), "key_ops": ["sign", "verify"]}
        return web.json_response({"key": jwk, "attributes": {"enabled": True, "exportable": False}})

    async def sign(self, request: web.Request) -> web.Response:
        """Answer `POST /keys/{name}/{version}/sign`."""
        if refused := self._refusal(request, "sign"):
            return refused
        version, asked = request.match_info["version"], await request.json()
        assert asked["alg"] == "ES256"
        digest = base64url_decode(asked["value"])
        assert len(digest) == hashlib.sha256().digest_size
        r, s = decode_dss_signature(self.private[version].sign(digest, ec.ECDSA(Prehashed(hashes.SHA256()))))
        raw = r.to_bytes(32, "big") + s.to_bytes(32, "big")
        return web.json_response({"kid": self._kid(version), "value": base64url_encode(raw).decode()})

    def _kid(self, version: str) -> str:
        return f"{self.url}/keys/{NAME}/{version}"

    def _refusal(self, request: web.Request, operation: str) -> web.Response | None:
        if request.headers.get("Authorization") != f"Bearer {TOKEN}":
            challenge = 'Bearer authorization="https://login.example/tenant", resource="https://vault.azure.net"'
            return web.json_response(
                {"error": {"code": "Unauthorized"}}, status=401, headers={"WWW-Authenticate": challenge}
            )
        self.asked.append(f"{operation} {request.match_info['version']}")
        if self.failures and self.failures[0][0] == operation:
            _, status, code = self.failures.pop(0)
            inner = {"innererror": {"code": code}}
            body = {"error": {"code": "Forbidden", "message": "Caller: appid=123", **inner}}
            return web.json_response(body, status=status, headers={"Retry-After": "0"})
        if request.match_info["name"] != NAME or request.match_info["version"] not in self.private:
            return web.json_response({"error": {"code": "KeyNotFound", "message": "not there"}}, status=404)
        return None


@asynccontextmanager
async def running_vault(folder: Path) -> AsyncIterator[Vault]:
    """Serve a vault on a free port until the block is left; `folder` gets the certificate `ca.pem`."""
    vault, app = Vault(), web.Application()
    app.router.add_get("/keys/{name}/{version}", vault.get_key)
    app.router.add_post("/keys/{name}/{version}/sign", vault.sign)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=_certified(folder))
    await site.start()
    vault.url = f"https://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield vault
    finally:
        await runner.cleanup()


def _certified(folder: Path) -> ssl.SSLContext:
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([])
    made = datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(made)
        .not_valid_after(made.replace(year=2120))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=True)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem, secret = folder / "ca.pem", folder / "key.pem"
    pem.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    secret.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem, secret)
    return context
