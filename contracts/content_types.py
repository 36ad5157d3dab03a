"""The content type that `compliance submit` and the front door declare for a file: by a table of its own.

The tables of machines differ, and call .dot, .pot and .ts texts. A type says what the file is, not what it holds once
it is unpacked: a.csv.gz is gzip.
"""

from __future__ import annotations

from pathlib import PurePath
from typing import Final

_ANY_BYTES: Final = "application/octet-stream"
_OPEN_XML: Final = "application/vnd.openxmlformats-officedocument."
_OPEN_DOCUMENT: Final = "application/vnd.oasis.opendocument."
# https://www.iana.org/assignments/media-types
_TYPES: Final = {
    "txt": "text/plain",
    "log": "text/plain",
    "csv": "text/csv",
    "tsv": "text/tab-separated-values",
    "md": "text/markdown",
    "rst": "text/x-rst",
    "html": "text/html",
    "htm": "text/html",
    "json": "application/json",
    "xml": "application/xml",
    "yaml": "application/yaml",
    "yml": "application/yaml",
    "svg": "image/svg+xml",
    "ics": "text/calendar",
    "vcf": "text/vcard",
    "pdf": "application/pdf",
    "rtf": "application/rtf",
    "doc": "application/msword",
    "dot": "application/msword",
    "docx": _OPEN_XML + "wordprocessingml.document",
    "dotx": _OPEN_XML + "wordprocessingml.template",
    "docm": "application/vnd.ms-word.document.macroEnabled.12",
    "xls": "application/vnd.ms-excel",
    "xlt": "application/vnd.ms-excel",
    "xlsx": _OPEN_XML + "spreadsheetml.sheet",
    "xltx": _OPEN_XML + "spreadsheetml.template",
    "xlsm": "application/vnd.ms-excel.sheet.macroEnabled.12",
    "xlsb": "application/vnd.ms-excel.sheet.binary.macroEnabled.12",
    "ppt": "application/vnd.ms-powerpoint",
    "pot": "application/vnd.ms-powerpoint",
    "pps": "application/vnd.ms-powerpoint",
    "pptx": _OPEN_XML + "presentationml.presentation",
    "potx": _OPEN_XML + "presentationml.template",
    "ppsx": _OPEN_XML + "presentationml.slideshow",
    "pptm": "application/vnd.ms-powerpoint.presentation.macroEnabled.12",
    "vsd": "application/vnd.visio",
    "vsdx": "application/vnd.ms-visio.drawing",
    "msg": "application/vnd.ms-outlook",
    "eml": "message/rfc822",
    "odt": _OPEN_DOCUMENT + "text",
    "ods": _OPEN_DOCUMENT + "spreadsheet",
    "odp": _OPEN_DOCUMENT + "presentation",
    "odg": _OPEN_DOCUMENT + "graphics",
    "epub": "application/epub+zip",
    "png": "image/png",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "jpe": "image/jpeg",
    "jfif": "image/jpeg",
    "gif": "image/gif",
    "bmp": "image/bmp",
    "tif": "image/tiff",
    "tiff": "image/tiff",
    "webp": "image/webp",
    "heic": "image/heic",
    "avif": "image/avif",
    "mp3": "audio/mpeg",
    "wav": "audio/wav",
    "mp4": "video/mp4",
    "mov": "video/quicktime",
    "zip": "application/zip",
    "gz": "application/gzip",
    "tgz": "application/gzip",
    "bz2": "application/x-bzip2",
    "xz": "application/x-xz",
    "zst": "application/zstd",
    "7z": "application/x-7z-compressed",
    "rar": "application/vnd.rar",
    "tar": "application/x-tar",
}


def content_type_of(name: str) -> str:
    """Return the content type of a file with this name; application/octet-stream if it is not in the table."""
    return _TYPES.get(PurePath(name).suffix.lower().removeprefix("."), _ANY_BYTES)
