"""A request to the front door: everything that no other HTTP function answers. What it does, `web.asgi` says."""

from __future__ import annotations

from functools import cache

import azure.durable_functions as df
import azure.functions as func

bp = df.Blueprint()


@bp.route(route="{*path}", methods=["GET", "HEAD", "POST"], auth_level=func.AuthLevel.ANONYMOUS)
async def on_web_request(req: func.HttpRequest, context: func.Context) -> func.HttpResponse:
    """Answer it, also if nobody has signed in: App Service Authentication lets everybody through."""
    try:
        return await _front_door().handle_async(req, context)
    except UnicodeDecodeError:  # in the address, before the app sees it
        from web.headers import DEFAULTS

        return func.HttpResponse("This address is no text.", status_code=400, headers=DEFAULTS, mimetype="text/plain")


@cache
def _front_door() -> func.AsgiMiddleware:
    """Import the front door at its first request, so that the processes which only work on messages never do."""
    from web.asgi import front_door

    return func.AsgiMiddleware(front_door())
