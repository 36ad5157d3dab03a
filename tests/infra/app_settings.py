"""The app settings that the templates set on Azure."""

from __future__ import annotations

from typing import Any, Final

from tests.infra.bicep import main
from tests.infra.bicep_values import Unknown

SAMPLES: Final = {
    "Documents__blobServiceUri": "https://stdocs.blob.core.windows.net/",
    "Documents__tableServiceUri": "https://stdocs.table.core.windows.net/",
    "ServiceBus__fullyQualifiedNamespace": "sbns.servicebus.windows.net",
    "EventGridTopic__topicEndpointUri": "https://evgt.westeurope-1.eventgrid.azure.net/api/events",
}


def set_on_azure(half: str = "messages", /, **given: Any) -> dict[str, Any]:
    """Return the app settings of the site of one half."""
    sites = (
        r
        for template, r in main(**given).deployed()
        if r.type == "Microsoft.Web/sites" and template.given["half"] == half
    )
    (site,) = sites
    settings = site.properties["siteConfig"]["appSettings"]
    names = [setting["name"] for setting in settings]
    assert len(names) == len(set(names)), "a setting is set twice"
    return {setting["name"]: setting["value"] for setting in settings}


def environment(settings: dict[str, Any]) -> dict[str, str]:
    """Return the app's environment, with samples for values that only Azure has."""
    return {
        name: SAMPLES[name] if isinstance(value, Unknown) and name in SAMPLES else str(value)
        for name, value in settings.items()
    }
