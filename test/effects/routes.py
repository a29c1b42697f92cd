"""The routes of the installed Prefect, each with what its OpenAPI document says and a path to objects that exist."""

import json
import re
import sys
from pathlib import Path

from conversations import conversation

DATA = Path(__file__).resolve().parents[2] / "data" / "prefect"
sys.path.insert(0, str(DATA))

# Parameters of paths that no object's id or name stands in.
WORDS = {"view": "aggregate-worker-metadata", "countable": "event", "key": "seeded-key", "client": "oracle", "resource_id": "oracle.resource", "slug": "vault"}

SETTINGS = {"GET /csrf-token": {"PREFECT_SERVER_CSRF_PROTECTION_ENABLED": True}}


class Route:
    def __init__(self, method, path, function, specification):
        self.method = method
        self.template = path
        self.function = function
        self.specification = specification
        self.name = f"{method} {path}"
        content = (specification or {}).get("requestBody", {}).get("content", {})
        self.body = content.get("application/json", {}).get("schema")
        self.settings = SETTINGS.get(self.name, {})
        self.conversation = None
        self.queries = [one for one in (specification or {}).get("parameters", []) if one["in"] == "query"]

    def talk(self, conversation):
        self.conversation = conversation
        self.body = conversation and conversation.schema

    @property
    def is_driven(self):
        return self.specification is not None or self.conversation is not None

    def path(self, seeds, which=0):
        """@param which: 0 for the first object of each kind, 1 for the second, where there are two"""
        folder = self.template.split("/")[1]
        return re.sub(r"\{(\w+)\}", lambda match: str(path_value(seeds, self.template, folder, match[1], which)), self.template)


def path_value(seeds, template, folder, parameter, which):
    def pick(values):
        return values[min(which, len(values) - 1)] if values else "00000000-0000-4000-8000-000000000000"

    rows = seeds.rows.get("concurrency_limits" if folder == "v2" else folder, [])
    if parameter == "key" and folder == "artifacts":
        return "seeded-artifact"
    if folder == "work_pools" and "/workers/" in template and parameter == "name":
        return "seeded-worker"
    if folder == "work_pools" and template.endswith("/connect"):
        return "empty-pool"
    if parameter in WORDS:
        return WORDS[parameter]
    if parameter == "name" and "/queues/" in template:
        return "seeded-queue"
    if parameter in ("id", "id_or_name"):
        return pick([row["id"] for row in (rows[-1:] if folder == "v2" else rows)])
    if parameter in seeds.known:
        return pick(seeds.known[parameter])
    return pick([row[parameter] for row in rows if row.get(parameter)])


def read_routes(server):
    """Every route of the API, those without an OpenAPI operation (WebSockets, mounted applications) with none."""
    import generate

    document = server.application.openapi()
    paths = {path.removeprefix("/api"): operations for path, operations in document["paths"].items()}
    found = [
        Route(method, generate.plain(path), function, paths.get(generate.plain(path), {}).get(method.lower()))
        for method, path, function in generate.rows(server.application)
        if path.startswith("/api/")
        for path in [path.removeprefix("/api")]
    ]
    for route in found:
        if route.method == "WS":
            route.talk(conversation(route.name, document))
    return document, found


def committed_routes(version):
    """The route table of this release, or of the nearest one of its minor version."""
    minor = version.rsplit(".", 1)[0]
    files = [DATA / f"{version}.json", *sorted(DATA.glob(f"{minor}.*.json"), reverse=True)]
    file = next((file for file in files if file.exists()), None)
    return None if file is None else json.loads(file.read_text())["api"]
