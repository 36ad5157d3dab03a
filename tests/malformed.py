"""Message bodies that nobody can act on, and unusual ones that must be acted on all the same.

Unit tests give them all to the parsers; one of each complaint travels over Service Bus (none exceeds 128 KiB).
"""

from __future__ import annotations

import base64
import json
import zlib
from typing import Any, Final, NamedTuple

REVIEW_ID: Final = "0123456789abcdef" * 4
SHA256: Final = "5f" * 32
_MISSING: Final = object()
AT_THE_EDGE_OF_TIME: Final = (
    "0001-01-01T00:00:00+23:59",
    "0001-01-01T00:00:00Z",
    "9999-12-31T23:59:59-23:59",
    "9999-12-31T23:59:59.999999+00:00",
)
# Controls, noncharacters, and a character that Unicode does not assign.
NO_TEXT: Final = (
    "a\x00.pdf",
    "\x1b[31m.pdf",
    "\x85.pdf",
    "\ufffe.pdf",
    "a/\uffff",
    "\ufdd0",
    "\U0010ffff",
    "\u0378.pdf",
)

DECISION: Final[dict[str, Any]] = {
    "type": "DecisionSubmittedV1",
    "decisionId": "decision-1",
    "reviewId": REVIEW_ID,
    "decision": "approve",
    "reviewer": "rita@example.org",
}
WITHDRAWAL: Final[dict[str, Any]] = {
    "type": "ReviewWithdrawnV1",
    "reviewId": REVIEW_ID,
    "by": "sam@example.org",
    "reason": "wrong file",
}
CHANGES_REQUESTED: Final[dict[str, Any]] = {
    "type": "ChangesRequestedV1",
    "decisionId": "decision-1",
    "reviewId": REVIEW_ID,
    "reviewer": "rita@example.org",
    "comment": "name the customer on page 3",
}
DELEGATION: Final[dict[str, Any]] = {
    "type": "DelegationV1",
    "by": "ana@example.org",
    "to": "zoe@example.org",
    "from": "2026-08-03T00:00:00Z",
    "until": "2026-08-14T23:59:59+02:00",
}
SUBMISSION: Final[dict[str, Any]] = {
    "type": "DocumentSubmittedV1",
    "container": "pending",
    "name": "reports/annual report.pdf",
    "etag": "0x8DC3A1B2C4D5E6F",
}
ATTESTED_SUBMISSION: Final[dict[str, Any]] = {
    **SUBMISSION,
    "type": "DocumentSubmittedV2",
    "submitter": "sam@example.org",
    "documentSha256": SHA256,
    "submitterProof": "a.b.c",
}
# https://learn.microsoft.com/azure/event-grid/event-schema-blob-storage (cloud event schema)
BLOB_CREATED: Final[dict[str, Any]] = {
    "specversion": "1.0",
    "type": "Microsoft.Storage.BlobCreated",
    "source": "/subscriptions/0/resourceGroups/rg/providers/Microsoft.Storage/storageAccounts/documents",
    "id": "831e1650-001e-001b-66ab-eeb76e069631",
    "time": "2026-03-02T09:30:00.1234567Z",
    "subject": "/blobServices/default/containers/pending/blobs/reports/annual report.pdf",
    "data": {
        "api": "PutBlob",
        "eTag": "0x8DC3A1B2C4D5E6F",
        "contentType": "application/pdf",
        "contentLength": 524288,
        "blobType": "BlockBlob",
        "url": "https://documents.blob.core.windows.net/pending/reports/annual%20report.pdf",
        "sequencer": "00000000000004420000000000028963",
    },
}


# In Event Grid's own schema, the portal's default: https://learn.microsoft.com/azure/event-grid/event-schema
GRID_EVENT: Final[dict[str, Any]] = {
    "id": BLOB_CREATED["id"],
    "topic": BLOB_CREATED["source"],
    "subject": BLOB_CREATED["subject"],
    "eventType": BLOB_CREATED["type"],
    "eventTime": BLOB_CREATED["time"],
    "data": BLOB_CREATED["data"],
    "dataVersion": "",
    "metadataVersion": "1",
}
# The beginning of a short string as .NET's BrokeredMessage serialises it: [MC-NBFX], section 2.2.3
DATA_CONTRACT: Final = b"@\x06string\x083http://schemas.microsoft.com/2003/10/Serialization/\x99\xb2"


class Malformed(NamedTuple):
    """A body, and a part of the text that must tell its sender what is wrong and where."""

    id: str
    body: bytes
    complaint: str


class Unusual(NamedTuple):
    """A body that is to be taken exactly as it is."""

    id: str
    body: bytes


def altered(good: dict[str, Any], **changes: Any) -> bytes:
    """Return a message with some fields changed, or left out if their value is `_MISSING`."""
    message = {name: value for name, value in {**good, **changes}.items() if value is not _MISSING}
    return json.dumps(message).encode()


def grid_event(**changes: Any) -> bytes:
    """Return an array of one event in Event Grid's own schema, with some fields changed or left out."""
    return b"[" + altered(GRID_EVENT, **changes) + b"]"


def _with_raw(good: dict[str, Any], key_and_value: str) -> bytes:
    return b"{" + key_and_value.encode() + b"," + json.dumps(good).encode()[1:]


_good = json.dumps(DECISION)

ANYWHERE: Final = (
    Malformed("empty", b"", "empty"),
    Malformed("blank", b" \r\n\t", "empty"),
    Malformed("plain-text", b"I approve this, regards, Rita", "not JSON"),
    Malformed("xml", b'<?xml version="1.0"?><decision>approve</decision>', "is XML; send JSON"),
    Malformed("single-quotes", b"{'decision': 'approve'}", "single quotes; write double ones"),
    Malformed("typographic-quotes", "{ \u201cdecision\u201d: \u201capprove\u201d}".encode(), "typographic quotes"),
    Malformed("escaped-quotes", b'{\\"decision\\": 1}', "serialised twice; send the JSON"),
    Malformed("escaped-for-html", b"{&quot;decision&quot;: 1}", "escaped for HTML"),
    Malformed("xml-after-a-mark", b'\xef\xbb\xbf\n<?xml version="1.0"?><decision/>', "is XML; send JSON"),
    Malformed("xml-in-utf-16", "<decision/>".encode("utf-16-le"), "is XML; send JSON"),
    Malformed("form", b"decision=approve&reviewer=rita", "is a form of names and values"),
    Malformed("form-with-json", b"payload=%7B%22decision%22%3A1%7D", "is a form of names and values"),
    Malformed("after-its-length", b"\x16" + _good.encode(), "something before it; send the JSON"),
    Malformed("after-its-length-in-four", b"\x16\0\0\0" + _good.encode(), "something before it"),
    Malformed("in-headers", b"Content-Type: application/json\r\n\r\n" + _good.encode(), "something before it"),
    Malformed("fenced", b"```json\n" + _good.encode() + b"\n```", "something before it"),
    Malformed("java", b"\xac\xed\x00\x05t\x00\x10" + _good.encode(), "serialised by Java; send the JSON"),
    Malformed("truncated", _good.encode()[:-20], "not JSON"),
    Malformed("trailing-comma", _good.encode()[:-1] + b",}", "not JSON"),
    Malformed("two-objects", _good.encode() * 2, "after the first object; send one JSON object in each message"),
    Malformed("lines-of-objects", b"\n".join([_good.encode()] * 2), "after the first object"),
    Malformed("commented", b"/* approve */ " + _good.encode(), "not JSON"),
    Malformed("raw-newline-in-string", _good.replace("rita", "ri\nta").encode(), "not JSON"),
    Malformed("nul-byte-inside", _good.encode()[:-1] + b"\x00}", "not JSON"),
    Malformed("empty-array", b"[]", "an array of 0"),
    Malformed(
        "array-of-two", b"[" + _good.encode() + b"," + _good.encode() + b"]", "an array of 2; send one JSON object"
    ),
    Malformed("array-in-an-array", b"[[" + _good.encode() + b"]]", "not a JSON object"),
    Malformed("json-in-a-string", json.dumps(_good).encode(), "serialised twice"),
    Malformed("json-in-a-string-twice", json.dumps(json.dumps(_good)).encode(), "serialised twice"),
    Malformed("base64-for-urls", base64.urlsafe_b64encode(b'{"a": "???>>>?"}').rstrip(b"="), "is base64, not JSON"),
    Malformed("base64", base64.b64encode(_good.encode()), "is base64, not JSON; send the bytes"),
    Malformed("base64-in-a-string", b'"' + base64.b64encode(_good.encode()) + b'"', "serialised twice"),
    Malformed(
        "data-contract-string", DATA_CONTRACT + _good.encode() + b"\x01", "DataContractSerializer; send the JSON"
    ),
    Malformed("data-contract-array", b"@\x0cbase64Binary\x083http://", "DataContractSerializer; send the JSON"),
    Malformed("percent-encoded", b"%7B%22decision%22%3A%22approve%22%7D", "is percent-encoded; send each character"),
    Malformed("string", b'"approve"', "not a JSON object"),
    Malformed("number", b"1", "not a JSON object"),
    Malformed("null", b"null", "not a JSON object"),
    Malformed("true", b"true", "not a JSON object"),
    Malformed("invalid-utf-8", b'{"reviewer": "\xff\xfe"}', "not UTF-8 (byte 14)"),
    Malformed("overlong-utf-8", b'{"reviewer": "\xc0\xaf"}', "not UTF-8"),
    Malformed("surrogate-in-utf-8", b'{"reviewer": "\xed\xa0\x80"}', "not UTF-8"),
    Malformed("latin-1", '{"reviewer": "Zoë"}'.encode("latin-1"), "not UTF-8"),
    Malformed("half-a-character-of-utf-16", _good.encode("utf-16")[:-1], "not UTF-16"),
    Malformed("zlib", zlib.compress(_good.encode()), "zlib; send it uncompressed"),
    Malformed("zlib-fast", zlib.compress(_good.encode(), 1), "zlib; send it uncompressed"),
    Malformed("zstd", b"\x28\xb5\x2f\xfd\x04", "zstd; send it uncompressed"),
    Malformed(
        "wrapped-by-dapr",
        json.dumps({"specversion": "1.0", "type": "com.dapr.event.sent", "data": DECISION}).encode(),
        "in the member data",
    ),
    Malformed(
        "wrapped-in-base64",
        json.dumps({"ContentData": base64.b64encode(_good.encode()).decode()}).encode(),
        "in the member ContentData",
    ),
    Malformed(
        "wrapped-by-masstransit",
        json.dumps({"messageType": ["urn:message:X"], "message": DECISION}).encode(),
        "in the member message",
    ),
    Malformed(
        "wrapped-by-sns", json.dumps({"Type": "Notification", "Message": _good}).encode(), "in the member Message"
    ),
    Malformed("gzip", b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03", "gzip; send it uncompressed"),
    Malformed("huge", _with_raw(DECISION, f'"padding": "{"x" * 64 * 1024}"'), "at most 65536"),
    Malformed("huge-of-blanks", b" " * (64 * 1024 + 1), "at most 65536"),
    Malformed("deep", _with_raw(DECISION, '"x": ' + "[" * 16 + "]" * 16), "more than 16 levels"),
    Malformed("deep-objects", b'{"x":' * 16 + _good.encode() + b"}" * 16, "more than 16 levels"),
    Malformed("bottomless", b"[" * 60_000, "more than 16 levels"),
    Malformed("key-twice", _with_raw(DECISION, '"decision": "reject"'), "'decision' appears twice"),
    Malformed("key-twice-by-escape", _with_raw(DECISION, '"\\u0064ecision": "reject"'), "'decision' appears twice"),
    Malformed("key-twice-inside", _with_raw(DECISION, '"x": [{"y": 1, "y": 1}]'), "'y' appears twice"),
    Malformed("long-key-twice", _with_raw(DECISION, ",".join([f'"{"k" * 9_000}": 1'] * 2)), "appears twice"),
    Malformed("nan", _with_raw(DECISION, '"x": NaN'), "NaN is not JSON"),
    Malformed("infinity", _with_raw(DECISION, '"x": Infinity'), "Infinity is not JSON"),
    Malformed("minus-infinity", _with_raw(DECISION, '"x": [-Infinity]'), "-Infinity is not JSON"),
    Malformed("infinity-by-exponent", _with_raw(DECISION, '"x": 1e999'), "1e999 is too large"),
    Malformed("endless-float", _with_raw(DECISION, f'"x": {"9" * 9_000}.0'), "is too large"),
    Malformed("huge-integer", _with_raw(DECISION, f'"x": {"9" * 30_000}'), "30000 digits"),
    Malformed("lone-surrogate", _with_raw(DECISION, '"x": "\\ud83d"'), "surrogate"),
    Malformed("lone-surrogate-key", _with_raw(DECISION, '"\\udc00": 1'), "surrogate"),
    Malformed("surrogates-swapped", altered(DECISION).replace(b"rita", b"\\ude00\\ud83d"), "surrogate"),
    Malformed("unknown-type", altered(DECISION, type="DocumentShredded"), "DocumentShredded"),
    Malformed("long-unknown-type", altered(DECISION, type="V" * 50_000), "not known here"),
    Malformed("type-is-null", altered(DECISION, type=None), "not known here"),
    Malformed("type-is-a-list", altered(DECISION, type=["DecisionSubmittedV1"]), "not known here"),
    Malformed("type-is-an-object", altered(DECISION, type={"name": "x" * 50_000}), "not known here"),
    Malformed("type-is-a-bool", altered(DECISION, type=True), "not known here"),
)
"""Wrong on either queue."""

_WRONG_TYPES: Final[dict[str, Any]] = {
    "null": None,
    "true": True,
    "integer": 7,
    "float": 0.5,
    "list": ["approve"],
    "object": {"value": "approve"},
}
_CONTROLS: Final = {
    "nul": "\x00",
    "newline": "\n",
    "return": "\r",
    "tab": "\t",
    "escape": "\x1b",
    "delete": "\x7f",
    "c1": "\x85",
}


def _each_wrong(good: dict[str, Any], fields: tuple[str, ...], label: str) -> tuple[Malformed, ...]:
    missing = [Malformed(f"{label}-without-{field}", altered(good, **{field: _MISSING}), field) for field in fields]
    mistyped = [
        Malformed(f"{label}-{field}-is-{kind}", altered(good, **{field: value}), field)
        for field in fields
        for kind, value in _WRONG_TYPES.items()
    ]
    return (*missing, *mistyped)


def _with_controls(good: dict[str, Any], fields: tuple[str, ...], label: str) -> tuple[Malformed, ...]:
    return tuple(
        Malformed(f"{label}-{field}-with-{name}", altered(good, **{field: f"a{control}b"}), f"{field}: must be")
        for field in fields
        for name, control in _CONTROLS.items()
    )


DECISIONS: Final = (
    *ANYWHERE,
    *_each_wrong(DECISION, ("decisionId", "reviewId", "decision", "reviewer"), "decision"),
    *_each_wrong(WITHDRAWAL, ("reviewId", "by", "reason"), "withdrawal"),
    *_each_wrong(CHANGES_REQUESTED, ("decisionId", "reviewId", "reviewer", "comment"), "changes"),
    *(
        Malformed(f"changes-for-{said!r}", altered(CHANGES_REQUESTED, comment=said), "comment: must say something")
        for said in ("", " ", "\t\n")
    ),
    *_each_wrong(DELEGATION, ("by", "to", "from", "until"), "delegation"),
    Malformed("delegation-to-oneself", altered(DELEGATION, to=" ANA@example.org"), "to: must be another person"),
    Malformed("delegation-backwards", altered(DELEGATION, until="2026-08-02T23:59:59Z"), "until: must not be before"),
    Malformed("delegation-for-ever", altered(DELEGATION, until="2027-08-05T00:00:00Z"), "until: must be at most 366"),
    Malformed("delegation-without-zone", altered(DELEGATION, until="2026-08-14T23:59:59"), "until: must have a time"),
    *(
        Malformed(f"delegation-{field}-{time}", altered(DELEGATION, **{field: time}), f"{field}: must be in the years")
        for field in ("from", "until")
        for time in AT_THE_EDGE_OF_TIME
    ),
    Malformed(
        "delegation-of-the-first-day",
        altered(DELEGATION, **{"from": AT_THE_EDGE_OF_TIME[0], "until": "0001-01-02T00:00:00+23:59"}),
        "from: must be in the years 2 to 9998",
    ),
    Malformed("delegation-at-no-time", altered(DELEGATION, **{"from": "tomorrow"}), "from: "),
    *_with_controls(DECISION, ("decisionId", "reviewer", "reviewId"), "decision"),
    *_with_controls(WITHDRAWAL, ("by",), "withdrawal"),
    *(
        Malformed(f"decision-says-{said!r}", altered(DECISION, decision=said), "'approve' or 'reject'")
        for said in (
            "Approve",
            "APPROVE",
            "Reject",
            " approve",
            "approve ",
            "approve\n",
            "approved",
            "yes",
            "ok",
            "",
            "\u0430pprove",
        )
    ),
    *(
        Malformed(f"decision-review-{name}", altered(DECISION, reviewId=value), "reviewId: must be 64 lowercase")
        for name, value in {
            "empty": "",
            "too-short": REVIEW_ID[1:],
            "too-long": REVIEW_ID + "0",
            "in-capitals": REVIEW_ID.upper(),
            "with-a-newline": REVIEW_ID + "\n",
            "with-a-slash": REVIEW_ID[1:] + "/",
            "with-a-hash": REVIEW_ID[1:] + "#",
            "with-a-question-mark": REVIEW_ID[1:] + "?",
            "path": "../../" + REVIEW_ID[6:],
            "fullwidth": "\uff10" * 64,
            "odata": "x' or PartitionKey ne '",
        }.items()
    ),
    Malformed("decision-in-a-cloud-event", altered(BLOB_CREATED, type="decision", data=DECISION), "in the member data"),
    Malformed("decision-of-version-2", altered(DECISION, type="DecisionSubmittedV2"), "DecisionSubmittedV2"),
    Malformed("decision-type-in-lower-case", altered(DECISION, type="decisionsubmittedv1"), "not known here"),
    Malformed("submission-on-the-wrong-queue", altered(SUBMISSION), "DocumentSubmittedV1"),
    Malformed("decision-id-empty", altered(DECISION, decisionId=""), "decisionId"),
    Malformed("decision-id-blank", altered(DECISION, decisionId=" \u3000"), "decisionId: must be printable"),
    Malformed("decision-id-too-long", altered(DECISION, decisionId="i" * 129), "decisionId"),
    Malformed("decision-reviewer-blank", altered(DECISION, reviewer=" \u00a0"), "reviewer: must be printable"),
    Malformed(
        "decision-reviewer-invisible", altered(DECISION, reviewer="\u200b\ufeff"), "reviewer: must name somebody"
    ),
    Malformed("decision-reviewer-too-long", altered(DECISION, reviewer="r" * 257), "reviewer"),
    Malformed("decision-comment-of-40000", altered(DECISION, comment="c" * 40_000), "comment"),
    Malformed("decision-comment-of-4001", altered(DECISION, comment="\U0001f600" * 4_001), "comment"),
    Malformed("decision-comment-is-a-list", altered(DECISION, comment=["no"]), "comment"),
    Malformed("decision-hash-in-capitals", altered(DECISION, documentSha256=SHA256.upper()), "documentSha256"),
    Malformed("decision-hash-in-base64", altered(DECISION, documentSha256="X19fX19f"), "documentSha256"),
    Malformed("decision-etag-empty", altered(DECISION, etag=""), "etag"),
    Malformed("decision-etag-is-a-number", altered(DECISION, etag=8), "etag"),
    Malformed("decision-time-is-a-number", altered(DECISION, decidedAt=1_772_443_800), "decidedAt"),
    Malformed("decision-proof-too-long", altered(DECISION, proof="p" * 8193), "proof"),
    Malformed("decision-in-snake-case", b'{"decision_id":"a","review_id":"b","decision":"approve"}', "decisionId"),
    Malformed("decision-empty-object", b"{}", "decisionId: Field required"),
    Malformed("withdrawal-by-blank", altered(WITHDRAWAL, by=" "), "by: must be printable"),
    Malformed("withdrawal-reason-too-long", altered(WITHDRAWAL, reason="r" * 4_001), "reason"),
)
"""For the queue `review-decisions`."""

SUBMISSIONS: Final = (
    *ANYWHERE,
    *_each_wrong(SUBMISSION, ("container", "name", "etag"), "submission"),
    *_each_wrong(BLOB_CREATED, ("specversion", "subject", "data"), "event"),
    *_with_controls(SUBMISSION, ("etag",), "submission"),
    *_each_wrong(
        ATTESTED_SUBMISSION,
        ("container", "name", "etag", "submitter", "documentSha256", "submitterProof"),
        "attested-submission",
    ),
    Malformed(
        "attested-submission-of-another-hash", altered(ATTESTED_SUBMISSION, documentSha256="5F" * 32), "documentSha256"
    ),
    Malformed(
        "attested-submission-with-a-long-proof",
        altered(ATTESTED_SUBMISSION, submitterProof="a" * 8193),
        "submitterProof",
    ),
    Malformed("submission-without-type", altered(SUBMISSION, type=_MISSING), "the field type is missing"),
    Malformed("submission-of-version-3", altered(SUBMISSION, type="DocumentSubmittedV3"), "DocumentSubmittedV3"),
    Malformed("decision-on-the-wrong-queue", altered(DECISION), "DecisionSubmittedV1"),
    *(
        Malformed(
            f"event-{kind}", event, f"Microsoft.Storage.{kind}' announces no new document; subscribe this queue to"
        )
        for kind in ("BlobDeleted", "BlobRenamed", "BlobTierChanged", "DirectoryCreated", "AsyncOperationInitiated")
        for event in (altered(BLOB_CREATED, type=f"Microsoft.Storage.{kind}"),)
    ),
    *(
        Malformed(f"grid-event-{kind}", grid_event(eventType=kind), complaint)
        for kind, complaint in (
            ("Microsoft.Storage.BlobRenamed", "gets its review from the sweep"),
            ("Microsoft.Storage.BlobDeleted", "announces no new document"),
            ("Microsoft.EventGrid.SubscriptionValidationEvent", "is not known here"),
        )
    ),
    Malformed("grid-event-without-etag", grid_event(data={"api": "PutBlob"}), "data.eTag"),
    Malformed("grid-event-without-subject", grid_event(subject=_MISSING), "subject"),
    Malformed("event-at-no-time", altered(BLOB_CREATED, time="yesterday"), "time"),
    Malformed("submission-elsewhere", altered(SUBMISSION, container="published"), "container"),
    Malformed("submission-container-in-capitals", altered(SUBMISSION, container="Pending"), "container"),
    *(
        Malformed(f"submission-name-{name!a}", altered(SUBMISSION, name=name), "name: must not have the character U+")
        for name in NO_TEXT
    ),
    *(
        Malformed(
            f"event-name-{name!a}",
            altered(BLOB_CREATED, subject=f"/blobServices/default/containers/pending/blobs/{name}"),
            "name: must not have the character U+",
        )
        for name in NO_TEXT
    ),
    Malformed("submission-name-empty", altered(SUBMISSION, name=""), "name"),
    Malformed("submission-name-too-long", altered(SUBMISSION, name="n" * 1_025), "name"),
    Malformed("submission-name-of-255-parts", altered(SUBMISSION, name="/".join("n" * 255)), "at most 254 parts"),
    *(
        Malformed(f"submission-name-{name!r}", altered(SUBMISSION, name=name), "name: must not ")
        for name in (
            "/a",
            "\\a",
            "a/",
            "a\\",
            "a//b",
            "a/\\b",
            "a/... /b",
            "a./b",
            "a.",
            " ",
            "a/ /b",
            "../published/a.pdf",
            "a/../../published/a.pdf",
            "..",
            ".",
            "a/.",
            "a/..",
            "a/./b",
            "/../a",
            "\n/..",
        )
    ),
    Malformed("submission-etag-blank", altered(SUBMISSION, etag=" "), "etag: must be printable"),
    Malformed("submission-class-empty", altered(SUBMISSION, documentClass=""), "documentClass"),
    Malformed("submission-class-is-a-list", altered(SUBMISSION, documentClass=["default"]), "documentClass"),
    Malformed("submission-submitter-blank", altered(SUBMISSION, submitter=" "), "submitter: must be printable"),
    Malformed("event-of-cloudevents-0.3", altered(BLOB_CREATED, specversion="0.3"), "specversion"),
    Malformed("event-without-etag", altered(BLOB_CREATED, data={"api": "PutBlob"}), "data.eTag"),
    Malformed("event-etag-is-a-number", altered(BLOB_CREATED, data={"eTag": 8}), "data.eTag"),
    *(
        Malformed(f"event-subject-{name}", altered(BLOB_CREATED, subject=subject), complaint)
        for name, subject, complaint in (
            ("empty", "", "does not name a blob"),
            ("of-a-container", "/blobServices/default/containers/pending", "does not name a blob"),
            ("of-no-blob", "/blobServices/default/containers/pending/blobs/", "does not name a blob"),
            ("of-a-queue", "/queueServices/default/containers/pending/blobs/a", "does not name a blob"),
            ("relative", "containers/pending/blobs/a", "does not name a blob"),
            ("elsewhere", "/blobServices/default/containers/published/blobs/a", "'published'"),
            ("in-capitals", "/blobServices/default/containers/Pending/blobs/a", "'Pending'"),
            ("too-long", "/blobServices/default/containers/pending/blobs/" + "n" * 30_000, "subject"),
            ("name-too-long", "/blobServices/default/containers/pending/blobs/" + "n" * 1_025, "name"),
            ("of-another-by-dots", "/blobServices/default/containers/pending/blobs/../published/a", "name: must not"),
            ("long-elsewhere", f"/blobServices/default/containers/{'c' * 1_900}/blobs/a", "is not one that"),
        )
    ),
)
"""For the queue `document-submissions`."""

UNUSUAL_DECISIONS: Final = (
    *(
        Unusual(f"decision-id-{name}", altered(DECISION, decisionId=value))
        for name, value in {
            "with-separators": "a/b#c?d\\e%2Ff'g\"h",
            "of-128": "i" * 128,
            "like-a-row": "decision-000001",
            "in-arabic": "قرار",
            "of-emoji": "\U0001f468\u200d\U0001f469\u200d\U0001f467",
            "right-to-left": "\u202eapprove",
        }.items()
    ),
    Unusual("reviewer-zoë", altered(DECISION, reviewer="Zoë Müller-Øst")),
    Unusual("reviewer-in-japanese", altered(DECISION, reviewer="山田 太郎")),
    Unusual("reviewer-in-raw-utf-8", json.dumps({**DECISION, "reviewer": "山田 太郎"}, ensure_ascii=False).encode()),
    Unusual("comment-of-4000-emoji", altered(DECISION, comment="\U0001f600" * 4_000)),
    Unusual("comment-with-lines-and-nul", altered(DECISION, comment="no:\r\n\tpage 3\x00")),
    Unusual("unknown-keys", altered(DECISION, priority=1, nested={"a": [1, 2.5, None, {"b": True}]})),
    Unusual("without-type", altered(DECISION, type=_MISSING)),
    Unusual("blanks-around", b"\r\n\t " + altered(DECISION) + b" \n"),
    Unusual("nuls-behind", altered(DECISION) + b"\x00\x00"),
    Unusual("byte-order-mark", b"\xef\xbb\xbf" + altered(DECISION)),
    Unusual("array-of-one", b"[" + altered(DECISION) + b"]"),
    Unusual("as-deep-as-allowed", _with_raw(DECISION, '"x": ' + "[" * 15 + "]" * 15)),
    Unusual("brackets-in-strings", altered(DECISION, comment='[[[[[[[[[[[[[[[[[[{"\\' * 9)),
    Unusual("as-large-as-allowed", altered(DECISION)[:-1] + b" " * (64 * 1024 - len(altered(DECISION))) + b"}"),
)
"""Each says `approve`; ids, names and comments are taken as they are."""
