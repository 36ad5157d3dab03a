"""Mails and web archives in MIME (.eml, .mht): what is attached to them, and their label.

The format: RFC 5322 and RFC 2045 to 2049, as Python's library reads it.
"""

from __future__ import annotations

import email
import email.policy
import io
import re
from email.message import Message
from typing import BinaryIO, Final

from adapters.content.office.labels import label_in_header
from adapters.content.search import MEBIBYTE, Search, SearchLimitError
from compliance.content import ContentFinding

_LARGEST: Final = 32 * MEBIBYTE  # it is held in memory
_MOST_PARTS: Final = 2_000
_HEADER: Final = re.compile(rb"[!-9;-~]{1,76}:[^\n]*\r?\n(?:[ \t][^\n]*\r?\n)*")
_MAIL_HEADERS: Final = frozenset(
    b"from to subject date received return-path message-id mime-version delivered-to content-type "
    b"content-transfer-encoding reply-to cc sender x-mailer snapshot-content-location".split()
)
_ENCRYPTED: Final = ("application/pkcs7-mime", "application/x-pkcs7-mime", "multipart/encrypted")
_RIGHTS: Final = "application/x-microsoft-rpmsg-message"


def is_mail(beginning: bytes) -> bool:
    """Return whether a text begins with at least two headers of a mail or web archive, of which one matters."""
    if beginning.startswith(b"From "):  # a mailbox begins with this line
        beginning = beginning.partition(b"\n")[2]
    names: set[bytes] = set()
    at = 0
    while (header := _HEADER.match(beginning, at)) and len(names) < 200:
        names.add(header[0].partition(b":")[0].lower())
        at = header.end()
    known = names & _MAIL_HEADERS
    return len(known) >= 2 and (b"mime-version" in known or b"received" in known or b"from" in known)


def inspect_mail(document: BinaryIO, depth: int, search: Search) -> None:
    """Inspect a mail and what is attached to it. Raises SearchLimitError, BombError."""
    if document.seek(0, io.SEEK_END) > _LARGEST:
        raise SearchLimitError(f"mails of more than {_LARGEST // MEBIBYTE} MiB are not looked through")
    document.seek(0)
    message = email.message_from_bytes(document.read(), policy=email.policy.compat32)
    label_in_header(str(message.get("msip_labels", "")).replace("\r\n", ""), search)
    for count, part in enumerate(message.walk()):
        if count >= _MOST_PARTS:
            raise SearchLimitError(f"only the first {_MOST_PARTS} parts of the mail were looked through")
        search.check_time()
        _inspect_part(part, depth, search)


def _inspect_part(part: Message, depth: int, search: Search) -> None:
    kind = part.get_content_type()
    if kind == _RIGHTS or (kind in _ENCRYPTED and part.get_param("smime-type") != "signed-data"):
        search.add(ContentFinding.ENCRYPTED, "it is encrypted for its recipients")
    name = part.get_filename()
    if kind == "message/rfc822" or (not part.is_multipart() and (name or _is_attached(part))):
        search.add(ContentFinding.ATTACHMENT, "other files are attached to it")
    if not part.is_multipart():
        content = part.get_payload(decode=True)
        if isinstance(content, bytes) and content and not (kind == "text/plain" and not name):
            search.inspect_embedded(content, depth, str(name or ""))


def _is_attached(part: Message) -> bool:
    return part.get_content_disposition() == "attachment"
