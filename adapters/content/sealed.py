"""Files that are encrypted as a whole, for people or with a password: PGP, S/MIME, Microsoft's rights, age, OpenSSL.

The formats: RFC 9580, RFC 5652 and 5083, [MS-OXORMMS], https://age-encryption.org/v1.
"""

from __future__ import annotations

import re
from typing import Final

from adapters.content.search import Search
from compliance.content import ContentFinding

_BEGINNINGS: Final = (
    bytes.fromhex("76e80460c411e386"),  # message.rpmsg
    b"age-encryption.org/",
    b"-----BEGIN AGE ENCRYPTED FILE-----",
    b"Salted__",
    b"encrcdsa",  # an image of a disk
    b"LUKS\xba\xbe",
)
_ARMOUR: Final = re.compile(rb"-----BEGIN (?:PGP MESSAGE|PKCS7|CMS)-----")
# Enveloped, encrypted and authenticated data: 1.2.840.113549.1.7.3 and .6, 1.2.840.113549.1.9.16.1.23.
_CMS: Final = re.compile(
    rb"\x30(?:\x80|[\x81-\x84].{1,4}|[\x00-\x7f])\x06(?:\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07[\x03\x06]"
    rb"|\x0b\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x01\x17)",
    re.DOTALL,
)
# Packets of sessions, their keys and encrypted data, of which the first has a plausible version.
_PGP: Final = re.compile(
    rb"(?:[\x84\xc1].|\x85..|\xc1[\xc0-\xdf].)\x03|[\x8c\xc3].\x04[\x01-\x0b][\x00-\x03]", re.DOTALL
)
_PGP_NAMES: Final = (".gpg", ".pgp")


def report_sealed(beginning: bytes, name: str, search: Search) -> None:
    """Add the finding if these are the first bytes of a file that is encrypted as a whole."""
    start = beginning[:1024].lstrip()
    is_pgp = name.lower().rstrip(" .").endswith(_PGP_NAMES) and _PGP.match(beginning)
    if start.startswith(_BEGINNINGS) or _ARMOUR.match(start) or _CMS.match(beginning) or is_pgp:
        search.add(ContentFinding.ENCRYPTED, "it, or a file in it, is encrypted for its recipients or with a password")
