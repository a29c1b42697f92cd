"""What was found, by route and field, in a form that reads well as a difference between two releases."""

import json
import re

from drive import ASIDE_TABLES
from workers import differences

# What a field's name says is no finding: a column of the route's own table, a table that a filter names.
WRITES = ("changes", "creates", "deletes")
# Tables that not everyone who may look may read; what joins the others tells nothing new.
TELLING_TABLES = {"variable", "block_document", "configuration", "csrf_token"}
# The server says of every change that it was made, and looks after its tables: no field is asked about for that.
EVERYWHERE = ("emits", "schedules", "publishes")
# Of parts of paths that are named otherwise than their tables.
TABLES = {"queues": "work_queue", "workers": "worker", "schedules": "deployment_schedule", "input": "flow_run_input"}
TIME = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+(?:\+00:00|Z)")
UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class Findings:
    def __init__(self, untouched_view):
        self.routes = {}
        self.bases = {}
        self.untouched_view = untouched_view

    def route(self, route, names):
        self.routes[route.name] = {"operation": route.function, "base": set(), "fields": {}, "tried": {}, "names": names}

    def base(self, route, outcome):
        found = self.routes[route.name]
        found["base"] = {effect for effect in outcome.effects | self.given(self.untouched_view, outcome) if not is_aside(effect)}
        found["tables"] = outcome.tables | {TABLES.get(part, singular(part)) for part in route.template.split("/")}
        self.bases[route.name] = outcome

    def given(self, before, outcome):
        return differences(before, outcome.view) if outcome.view and outcome.is_driven else set()

    def seen(self, route, path):
        return set(self.routes[route.name]["fields"].get(path, ()))

    def seen_below(self, route, field):
        fields = self.routes[route.name]["fields"]
        return {effect for path, effects in fields.items() if path == field or path.startswith((f"{field}.", f"{field}[")) for effect in effects}

    def field(self, route, path, tag, example, outcome, known=frozenset(), before=None):
        """@param example: what was said beside the plain request; `before`: what workers are given without it, where more exists than the seeds"""
        found, base = self.routes[route.name], self.bases[route.name]
        tried = found["tried"].setdefault(path, [0, 0])
        tried[0] += 1
        tried[1] += outcome.is_driven
        effects = outcome.effects if outcome.is_driven else {effect for effect in outcome.effects if not is_of_rows(effect)}
        for effect in (effects | self.given(before or base.view or self.untouched_view, outcome)) - base.effects - found["base"] - known:
            if not is_aside(effect) and not is_own(found["tables"], path, effect):
                ways = found["fields"].setdefault(path, {})
                ways[effect] = min(ways.get(effect, (tag, example)), (tag, example), key=lambda way: way[0])

    def as_data(self, version, kept, only):
        """@param kept: the rows of an earlier survey, for the routes that `only` leaves out"""
        rows = {name: self.as_row(name, found) for name, found in sorted(self.routes.items())}
        return {"prefect": version, "routes": {name: row if only.search(name) else kept.get(name, row) for name, row in rows.items()}}

    def as_row(self, name, found):
        row = {"operation": found["operation"], "base": sorted(effect for effect in found["base"] if not effect.startswith("reads:"))}
        fields = {path: as_ways(effects) for path, effects in self.telling_fields(found)}
        undriven = sorted(path for path, (_, driven) in found["tried"].items() if path and driven == 0)
        if fields:
            row["fields"] = fields
        if undriven or name not in self.bases:
            row["undriven"] = undriven or "*"
        return row

    def telling_fields(self, found):
        """Without what is said of a field above: a template that changes changes by each of its members."""
        for path, effects in sorted(found["fields"].items()):
            above = [found["fields"].get(other, {}) for other in ancestors(path)]
            own = {effect: way for effect, way in effects.items() if not any(effect in others for others in above)}
            if own:
                yield path, own


def as_ways(effects):
    """[{"effects": […], "by": an example}]: one for all effects that it has."""
    ways = {}
    for effect, (_tag, example) in sorted(effects.items()):
        ways.setdefault(TIME.sub("<time>", UUID.sub("<uuid>", json.dumps(example))), []).append(effect)
    return [{"effects": names, "by": json.loads(example)} for example, names in ways.items()]


def is_own(tables, path, effect):
    verb, _, name = effect.partition(":")
    table = name.split(".")[0]
    if verb in WRITES:
        return table in tables
    return verb == "reads" and (table in tables or any(singular(part.split("[")[0]) == table for part in path.split(".")))


def is_aside(effect):
    verb, _, name = effect.partition(":")
    if verb == "reads":
        return name not in TELLING_TABLES
    return verb in EVERYWHERE or name.split(".")[0] in ASIDE_TABLES


def is_of_rows(effect):
    return effect.split(":")[0] in (*WRITES, "reads")


def ancestors(path):
    for end in range(len(path) - 1, 0, -1):
        if path[end] in ".[":
            yield path[:end]


def singular(name):
    return name.removesuffix("ies") + "y" if name.endswith("ies") else name.removesuffix("s")
