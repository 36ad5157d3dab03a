"""Make the SDK read history timestamps with `datetime.fromisoformat`.

The SDK parses every timestamp of the history in every turn with dateutil, which takes most of a replay's time. The
hub writes plain ISO 8601, for which the standard library is some thirty times faster and gives the same moments.
"""

from __future__ import annotations

import logging
import sys
from datetime import datetime
from importlib.metadata import version

import azure.durable_functions  # noqa: F401 - loads the module that is looked up by name below

_LOG = logging.getLogger(__name__)
_MODULE = "azure.durable_functions.models.history.HistoryEvent"
_SAMPLE = "2026-11-20T23:58:05.547353Z"


def parse_timestamps_fast() -> bool:
    """Replace the SDK's timestamp parser if it is the one known from 1.x; whether it is replaced now."""
    module = sys.modules.get(_MODULE)
    parse = getattr(module, "dt_parse", None)
    if parse == datetime.fromisoformat:
        return True
    release = version("azure-functions-durable")
    if not release.startswith("1.") or parse is None or parse(_SAMPLE) != datetime.fromisoformat(_SAMPLE):
        _LOG.info("azure-functions-durable %s reads timestamps in an unknown way; left as it is", release)
        return False
    setattr(module, "dt_parse", datetime.fromisoformat)  # noqa: B010 - a module has no such declared attribute
    return True
