"""Writes the routes of the installed Prefect to <version>.json, in the order in which its router tries them.

    <venv>/bin/python data/prefect/generate.py            writes data/prefect/<version>.json
    <venv>/bin/python data/prefect/generate.py --check    writes nothing

Both print what reviewed.json does not cover, and fail if there is any. To support a new release: run it there, say in
reviewed.json what each new route does, and add the file to src/requests/rest/prefect-routes.ts.

Routes are read from the running application object and not from its OpenAPI document, which leaves out hidden routes,
WebSockets and mounted applications.
"""

import json
import logging
import os
import re
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
API_PREFIX = "/api"

logging.disable(logging.CRITICAL)
# Prefect writes its profile and database where PREFECT_HOME says; the setting is read on import.
os.environ["PREFECT_HOME"] = tempfile.mkdtemp(prefix="prefect-routes-")
# Routes that exist on a setting are listed as well: a table without them would not know what they do.
os.environ["PREFECT_API_ENABLE_METRICS"] = os.environ["PREFECT_SERVER_METRICS_ENABLED"] = "true"


def flatten(routes):
    """FastAPI since 0.137 keeps included routers nested; the router tries them depth first, as if they were one list."""
    for route in routes:
        if hasattr(route, "effective_route_contexts"):
            for context in route.effective_route_contexts():
                yield context.starlette_route or context
        else:
            yield route


def rows(application, prefix=""):
    """[method, path, function] of every route; the method is WS for a WebSocket and ANY for a mounted application."""
    for route in flatten(application.routes):
        path = prefix + route.path
        mounted = getattr(route, "app", None) if type(route).__name__ == "Mount" else None
        if hasattr(mounted, "routes"):
            yield from rows(mounted, path)
        elif mounted is not None:
            yield ["ANY", path + "/{path:path}", route.name or type(mounted).__name__]
        elif "WebSocket" in type(route).__name__:
            yield ["WS", path, route.endpoint.__name__]
        else:
            # Starlette answers HEAD wherever it answers GET, and the matcher takes them for one.
            for method in sorted(route.methods - {"HEAD"} or {"HEAD"}):
                yield [method, path, route.endpoint.__name__]
    # FastAPI keeps what app.frontend() serves in a list of its own, tried last.
    for _ in getattr(application.router, "_low_priority_routes", []):
        yield ["ANY", prefix + "/{path:path}", "frontend"]


def routes_of_installed_prefect():
    """The API's routes, with paths below the API's base path, and all that is served outside it."""
    from prefect.server.api.server import create_app

    found = list(rows(create_app(ignore_cache=True)))
    below = [[method, path.removeprefix("/api"), function] for method, path, function in found if path.startswith("/api/")]
    outside = [row for row in found if not row[1].startswith("/api/")]
    return {"api": below, "outside": outside}


def plain(path):
    """Without convertors: a parameter that is a UUID in one version is any text in another."""
    return re.sub(r":\w+}", "}", path)


def unreviewed(routes):
    """Every route whose function no operation of reviewed.json claims for that very route."""
    reviewed = json.loads((HERE / "reviewed.json").read_text())
    known = {
        (route, function)
        for operation, review in reviewed["api"].items()
        for route in review["routes"]
        for function in [operation.split("/")[1], review.get("formerly")]
    }
    for method, path, function in routes["api"]:
        if (f"{method} {plain(path)}", function) not in known:
            yield f"{method} {path} -> {function}"
    for method, path, function in routes["outside"]:
        if f"{method} {path}" not in reviewed["outside"]:
            yield f"{method} {path} -> {function} (outside the API)"


def main():
    import prefect

    routes = routes_of_installed_prefect()
    missing = list(unreviewed(routes))
    for route in missing:
        print(f"not reviewed: {route}")
    if "--check" not in sys.argv[1:]:
        (HERE / f"{prefect.__version__}.json").write_text(as_lines(routes))
    sys.exit(1 if missing else 0)


def as_lines(routes):
    """One route a line, so that a difference between two versions reads as one."""
    lists = (
        f'  "{name}": [\n' + ",\n".join(f"    {json.dumps(row)}" for row in rows) + "\n  ]" for name, rows in routes.items()
    )
    return "{\n" + ",\n".join(lists) + "\n}\n"


if __name__ == "__main__":
    main()
