"""The URLs at which clients and people can manage an instance."""

from __future__ import annotations

import json
from urllib.parse import quote

RPC_PATH = "/durabletask"
WEBHOOK_PATH = "/runtime/webhooks/durabletask"
_CONNECTION = "Storage"


class ManagementUrls:
    """URLs of one hub below the origin of the host's HTTP server; each carries the system key."""

    def __init__(self, hub_name: str, system_key: str) -> None:
        self.hub_name = hub_name
        self._required = f"code={quote(system_key, safe='')}"
        self._query = f"taskHub={quote(hub_name, safe='')}&connection={_CONNECTION}&{self._required}"

    def of_instance(self, origin: str, instance_id: str) -> dict[str, str]:
        """Return the answer to a start: the id and one URL for each operation."""
        instance = f"{origin}{WEBHOOK_PATH}/instances/{quote(instance_id, safe=':')}"
        return {
            "id": instance_id,
            "statusQueryGetUri": f"{instance}?{self._query}",
            "sendEventPostUri": f"{instance}/raiseEvent/{{eventName}}?{self._query}",
            "terminatePostUri": f"{instance}/terminate?reason={{text}}&{self._query}",
            "purgeHistoryDeleteUri": f"{instance}?{self._query}",
            "restartPostUri": f"{instance}/restart?{self._query}",
            "suspendPostUri": f"{instance}/suspend?reason={{text}}&{self._query}",
            "resumePostUri": f"{instance}/resume?reason={{text}}&{self._query}",
        }

    def client_binding(self, origin: str) -> str:
        """Return the JSON text that a durableClient binding gives to the SDK."""
        webhook = f"{origin}{WEBHOOK_PATH}"
        create = f"{webhook}/orchestrators/{{functionName}}[/{{instanceId}}]?{self._required}"
        return json.dumps(
            {
                "taskHubName": self.hub_name,
                "connectionName": _CONNECTION,
                "creationUrls": {
                    "createNewInstancePostUri": create,
                    "createAndWaitOnNewInstancePostUri": f"{create}&timeout={{timeoutInSeconds}}"
                    "&pollingInterval={intervalInSeconds}",
                },
                "managementUrls": self.of_instance(origin, "INSTANCEID"),
                "baseUrl": webhook,
                "requiredQueryStringParameters": self._required,
                "rpcBaseUrl": f"{origin}{RPC_PATH}/",  # the SDK appends "instances/..." without a slash
                "httpBaseUrl": webhook,
            }
        )
