"""Serves the installed Prefect's own application, through its own uvicorn and router, on the loopback port given.

No route does its work: each answers with the name of the function it would have called, in X-Function.
"""

import os
import sys
import tempfile

os.environ["PREFECT_HOME"] = tempfile.mkdtemp(prefix="prefect-router-")
os.environ["PREFECT_API_ENABLE_METRICS"] = os.environ["PREFECT_SERVER_METRICS_ENABLED"] = "true"

import uvicorn
from prefect.server.api.server import create_app


def route_classes(application, seen=None):
    """Every class of route in use: Prefect 2 brings a copy of Starlette of its own."""
    seen = set() if seen is None else seen
    for route in application.routes:
        seen.add(type(route))
        for context in route.effective_route_contexts() if hasattr(route, "effective_route_contexts") else ():
            seen.update({type(context.original_route), type(context.starlette_route)})
        if hasattr(getattr(route, "app", None), "routes"):
            route_classes(route.app, seen)
    return seen


async def answer(scope, send, function):
    headers = [(b"x-function", function.encode())]
    if scope["type"] == "websocket":
        await send({"type": "websocket.accept", "headers": headers})
        await send({"type": "websocket.close", "code": 1000})
    else:
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b""})


def intercept(route_class):
    handle = route_class.handle

    async def handle_by_name(self, scope, receive, send):
        mounted = hasattr(getattr(self, "app", None), "routes")
        is_other_method = scope["type"] == "http" and scope["method"] not in (getattr(self, "methods", None) or [scope["method"]])
        if mounted or is_other_method or not hasattr(self, "app"):
            await handle(self, scope, receive, send)
        else:
            endpoint = getattr(self, "endpoint", None)
            await answer(scope, send, endpoint.__name__ if endpoint else f"mounted:{self.path}")

    route_class.handle = handle_by_name


application = create_app(ignore_cache=True)
for found in route_classes(application):
    if hasattr(found, "handle"):
        intercept(found)


async def router_only(scope, receive, send):
    """Without middleware, which judges headers, and without the lifespan, which would open a database."""
    if scope["type"] == "lifespan":
        while True:
            message = await receive()
            await send({"type": message["type"] + ".complete"})
            if message["type"] == "lifespan.shutdown":
                return
    scope["app"] = application
    try:
        await application.router(scope, receive, send)
    except Exception as error:
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
        else:
            await send({"type": "http.response.start", "status": getattr(error, "status_code", 500), "headers": []})
            await send({"type": "http.response.body", "body": repr(error).encode()})


uvicorn.run(router_only, host="127.0.0.1", port=int(sys.argv[1]), log_level="warning")
