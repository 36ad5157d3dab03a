"""What happens to every request: origin, sender and rate are checked, then it is carried out or refused."""

from __future__ import annotations

import logging
import os
import traceback
from collections.abc import Awaitable, Callable
from http import HTTPStatus

from azure.core.exceptions import AzureError
from azure.servicebus.exceptions import ServiceBusError
from starlette.requests import Request
from starlette.responses import Response

from adapters.front_door.signing_key import SigningKeyError
from adapters.ledger.conflicts import LedgerConflictError
from contracts.proofs.key_set import KeySetError
from web.door import Door
from web.principal import principal_of
from web.problems import ProblemError
from web.requests import SAFE, check_origin
from web.visitors import Visitor, visitor_of

Handler = Callable[[Door, Visitor, Request], Awaitable[Response]]
Endpoint = Callable[[Request], Awaitable[Response]]
Refuse = Callable[[Request, ProblemError], Awaitable[Response]]


class Guard:
    """What all routes share: the door, opened at the first request."""

    def __init__(self, door: Callable[[], Door]) -> None:
        self.door = door

    def endpoint(self, handle: Handler, refuse: Refuse) -> Endpoint:
        """Return an endpoint that only people who have signed in reach. `refuse` answers all others."""

        async def respond(request: Request) -> Response:
            try:
                check_origin(request)
                door = self.door()
                principal = principal_of(request.headers, os.environ, door.expected, door.now())
                request.state.principal = principal
                (door.reading if request.method in SAFE else door.sending).take(principal.account)
                return await handle(door, await visitor_of(door, principal), request)
            except ProblemError as problem:
                return await refuse(request, problem)
            except (SigningKeyError, KeySetError) as error:
                logging.error("The front door cannot sign: %s", error)
                return await refuse(
                    request, _later("nothing can be sent at the moment: the operators have to repair the keys")
                )
            except (AzureError, ServiceBusError, LedgerConflictError) as error:
                status = getattr(error, "status_code", None)
                logging.warning("The front door could not do something: %s, status %s", type(error).__name__, status)
                return await refuse(request, _later("storage or the message broker does not answer; try again"))
            except Exception as error:  # else the host would answer, without our headers
                where = "".join(traceback.format_tb(error.__traceback__))  # no texts: they quote what people write
                logging.error("The front door has a fault: %s\n%s", type(error).__name__, where)
                return await refuse(request, _fault())

        return respond


def _fault() -> ProblemError:
    text = "something went wrong here, and it is in the log; try again, and tell the operators if it happens again"
    return ProblemError(HTTPStatus.INTERNAL_SERVER_ERROR, "fault", text)


def _later(detail: str) -> ProblemError:
    return ProblemError(HTTPStatus.SERVICE_UNAVAILABLE, "unavailable", detail, {"Retry-After": "5"})
