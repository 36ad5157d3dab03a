"""The audit trail, checked with the standard library alone, as docs/evidence.md describes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

Row = Mapping[str, Any]


def first_broken_record(rows: Sequence[Row]) -> int | None:
    """Return the number of the first record that was changed or does not follow the previous; None if all is well."""
    previous = "0" * 64
    for number, row in enumerate(rows, start=1):
        content = {name: value for name, value in row.items() if name not in ("PartitionKey", "RowKey", "digest")}
        content |= {"reviewId": row["PartitionKey"], "facts": json.loads(row["facts"])}
        text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        digest = hashlib.sha256(text.encode()).hexdigest()
        if (row["seq"], row["previous"], row["digest"]) != (number, previous, digest):
            return number
        previous = digest
    return None
