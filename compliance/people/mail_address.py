"""Mail addresses in the spellings of mail programs, directories and SharePoint, reduced to a local part and a domain.

Only what surely names the same mailbox is reduced. Dots and plus signs of a local part stay, and a text with more in it
than one address and its decoration is no address.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import Final
from urllib.parse import unquote

Address = tuple[str, str]  # local part and domain

_LOCAL: Final = r"""(?:"(?:[^"\\]|\\.)+"|[^\s<>()\[\],;:\\"@|]+)"""
_DOMAIN: Final = r"""[^\s<>()\[\],;:\\"@|?#%]+"""
_ADDRESS: Final = re.compile(rf"({_LOCAL}) ?@ ?({_DOMAIN})")
_ATOMS: Final = re.compile(r"""[^\s<>()\[\],;:\\"@|]+""")
_QUOTED: Final = re.compile(
    "\"+([^\"]*)\"+|'+([^']*)'+|`+([^`]*)`+|<+([^<>]*)>+|[\u201c-\u201f]+([^\u201c-\u201f]*)[\u201c-\u201f]+"
    "|[\u2018-\u201b]+([^\u2018-\u201b]*)[\u2018-\u201b]+|[\u00ab\u00bb]([^\u00ab\u00bb]*)[\u00ab\u00bb]"
    "|[\u2039\u203a]([^\u2039\u203a]*)[\u2039\u203a]"
)
# URIs, Exchange's proxyAddresses, headers of mail, and what people write.
_SCHEME: Final = r"(?:mailto|smtp|sips?|acct|upn|eum|im|xmpp|msteams|e-?mail|mail|from|to|cc): ?(?://)?"
# The identity provider in the names of guests in tokens of Entra ID, and in the login names of SharePoint.
_PROVIDER: Final = (
    r"(?:(?:live|google|facebook)\.com|mail|urn(?::|%3a)spo(?::|%3a)guest|https://sts\.windows\.net/[^/#]+/)#"
)
# Windows on a device that has joined Entra ID, or with a private account, makes a domain of the provider.
_DEVICE: Final = r"(?:azuread|microsoftaccount)\\"
_PREFIXED: Final = re.compile(rf"(?:{_SCHEME}|{_PROVIDER}|{_DEVICE})({_LOCAL}@{_DOMAIN})(?:[?;:|].*)?", re.I)
# `Sam <sam@example.org>`, `Sam (sam@example.org)`, `sam@example.org (Sam)`: https://www.rfc-editor.org/rfc/rfc5322
_COMMENTS: Final = (re.compile(r" ?\([^()]*\)"), re.compile(r" ?\([^()@]*\)"))
_NAMED: Final = re.compile(r"[^<>]*<([^<>]+)>|[^()\[\]<>]*[(\[]([^()\[\]<>]+)[)\]]")
# A guest's address, with _ for @, in the tenant of the host: https://learn.microsoft.com/entra/external-id/user-properties
_GUEST: Final = re.compile(rf"(.+)[_@]([^_@]+\.[^_@]+)(?:#|%23)ext(?:#|%23)(?:@{_DOMAIN})?", re.I)
# https://learn.microsoft.com/sharepoint/troubleshoot/administration/claims-encoding
_CLAIM: Final = re.compile(r"(?:i:)?0[^|]{1,3}\|(?:[^|]*\|)?([^|]+)", re.I)
_PERCENT_ENCODED: Final = re.compile(r"(?:i%3a)?0.*%7c.*|(?:mailto|sips?|acct):.*%.*|[^@]+%40[^@]+", re.I)


def address_in(text: str) -> Address | None:
    """Return the mail address that a text spells, or None. The text has no blanks except single spaces."""
    if guest := _GUEST.fullmatch(text):
        return address_in(f"{guest[1]}@{guest[2]}")
    for inner in _undecorated(text):
        if address := address_in(inner):
            return address
    found = _ADDRESS.fullmatch(text)
    domain = _unicode_domain(found[2]) if found else ""
    return (_unquoted_local(found[1]), domain) if found and domain else None


def strip_quotes(text: str) -> str:
    """Return a text without the quotes or angle brackets around all of it."""
    quoted = _QUOTED.fullmatch(text)
    return next(filter(None, quoted.groups()), "").strip() if quoted else text


def windows_account_in(text: str) -> str:
    """Return the `DOMAIN\\name` of a Windows account, also in SharePoint's claim; any other text as it is.

    JSON that was escaped twice doubles the backslash.
    """
    claim = _CLAIM.fullmatch(text)
    account = claim[1] if claim and "\\" in claim[1] else text
    return re.sub(r"\\+", r"\\", account)


def _undecorated(text: str) -> Iterator[str]:
    """Yield the text inside each kind of decoration that it may have; always shorter than the text."""
    if _PERCENT_ENCODED.fullmatch(text) and len(decoded := unquote(text)) < len(text):
        yield decoded
    if _QUOTED.fullmatch(text):
        yield strip_quotes(text)
    for comment in _COMMENTS:
        if (bare := _without(comment, text)) != text:
            yield bare
    for form in (_PREFIXED, _CLAIM, _NAMED):
        if found := form.fullmatch(text):
            yield next(filter(None, found.groups())).strip()
    if (bare := text.rstrip(",; ")) != text:
        yield bare


def _without(comment: re.Pattern[str], text: str) -> str:
    """Return a text without comments, also those inside comments."""
    while (bare := comment.sub("", text).strip()) != text:
        text = bare
    return text


def _unquoted_local(local: str) -> str:
    unquoted = re.sub(r"\\(.)", r"\1", local[1:-1]) if local.startswith('"') else ""
    return unquoted if _ATOMS.fullmatch(unquoted) else local


def _unicode_domain(domain: str) -> str:
    labels = domain.replace("\u3002", ".").rstrip(".").split(".")
    return ".".join(map(_unicode_label, labels))


def _unicode_label(label: str) -> str:
    """Return a label of a domain in lower case, decoded if it is the Punycode of what could be written in Unicode too.

    Not case-folded: `strasse` and `straße` are two domains, https://www.rfc-editor.org/rfc/rfc5894#section-7.2
    """
    lowered = _lower(label)
    if not lowered.startswith("xn--"):
        return lowered
    try:
        decoded = lowered.removeprefix("xn--").encode("ascii").decode("punycode")
    except UnicodeError:
        return lowered
    is_label = not decoded.isascii() and all(unicodedata.category(each)[0] in "LMN" or each == "-" for each in decoded)
    return decoded if is_label and _lower(decoded) == decoded else lowered


def _lower(label: str) -> str:
    lowered = "".join(character.lower() for character in label)  # one by one, so that no sigma becomes a final one
    return unicodedata.normalize("NFKC", lowered)
