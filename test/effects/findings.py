"""What was found, by route and field, in a form that reads well as a difference between two releases."""

import json

from drive import ASIDE_TABLES
from workers import differences

# Of a field, what its name says is no finding: a column of the route's own table, a table that a filter names.
OWN = ("changes", "creates", "deletes")
# Every change writes an event.
ASIDE_EFFECTS = {f"{verb}:{table}" for verb in (*OWN, "reads") for table in ASIDE_TABLES}


class Findings:
    def __init__(self, untouched_view):
        self.routes = {}
        self.bases = {}
        self.untouched_view = untouched_view

    def route(self, route, plain, names):
        self.routes[route.name] = {"operation": route.function, "base": set(), "fields": {}, "tried": {}, "names": names, "is_driven": plain is not None}

    def base(self, route, outcome):
        found = self.routes[route.name]
        found["base"] = {*outcome.effects, *self.views(self.untouched_view, outcome)}
        self.bases[route.name] = outcome
        found["tables"] = outcome.tables | {singular(route.template.split("/")[1])}

    def views(self, before, outcome):
        return differences(before, outcome.view) if outcome.view else set()

    def fields_seen(self, route, path):
        return set(self.routes[route.name]["fields"].get(path, ()))

    def field(self, route, path, tag, base, outcome, known=frozenset()):
        found = self.routes[route.name]
        tried = found["tried"].setdefault(path, [0, 0])
        tried[0] += 1
        tried[1] += outcome.is_driven
        effects = outcome.effects if outcome.is_driven else {effect for effect in outcome.effects if not is_row(effect)}
        new = effects - base.effects
        if outcome.is_driven:
            new |= self.views(base.view or self.untouched_view, outcome)
        for effect in new - known:
            if not self.is_own(found, path, effect) and effect not in ASIDE_EFFECTS:
                found["fields"].setdefault(path, {}).setdefault(effect, set()).add(tag)

    def is_own(self, found, path, effect):
        verb, _, object_name = effect.partition(":")
        table = object_name.split(".")[0]
        if verb in OWN:
            return table in found["tables"]
        if verb == "reads":
            return table in found["tables"] or any(singular(part.split("[")[0]) == table for part in path.split("."))
        # The server says of every change that it was made; what listens to it are automations, which have an effect of their own.
        return verb in ("emits", "schedules")

    def by_field(self, found):
        """Without what is said of a field above: a template that changes changes by each of its members."""
        for path, effects in sorted(found["fields"].items()):
            above = [found["fields"][other] for other in ancestors(path) if other in found["fields"]]
            own = {effect: tags for effect, tags in effects.items() if not any(effect in others for others in above)}
            if own:
                yield path, own

    def as_data(self, version):
        routes = {}
        for name, found in sorted(self.routes.items()):
            fields = {path: {effect: sorted(tags)[0] for effect, tags in sorted(effects.items())} for path, effects in self.by_field(found)}
            undriven = sorted(path for path, (_, driven) in found["tried"].items() if driven == 0)
            base = sorted(effect for effect in found["base"] if not effect.startswith(("reads:", "emits:")) and effect not in ASIDE_EFFECTS)
            routes[name] = {"operation": found["operation"], "base": base, "fields": fields, "undriven": undriven if found["is_driven"] else "*"}
        return {"prefect": version, "routes": routes}


def ancestors(path):
    for end in range(len(path) - 1, 0, -1):
        if path[end] in ".[":
            yield path[:end]


def is_row(effect):
    return effect.split(":")[0] in ("creates", "changes", "deletes", "emits", "reads", "schedules")


def singular(name):
    return name.removesuffix("ies") + "y" if name.endswith("ies") else name.removesuffix("s")


def write(file, data):
    """A route's operation and base on a line each, and a line for each field."""
    routes = []
    for name, found in data["routes"].items():
        lines = [f'"operation": {json.dumps(found["operation"])}', f'"base": {json.dumps(found["base"])}']
        if found["fields"]:
            fields = ",\n".join(f"        {json.dumps(path)}: {json.dumps(effects)}" for path, effects in found["fields"].items())
            lines.append(f'"fields": {{\n{fields}\n      }}')
        if found["undriven"]:
            lines.append(f'"undriven": {json.dumps(found["undriven"])}')
        body = ",\n      ".join(lines)
        routes.append(f"    {json.dumps(name)}: {{\n      {body}\n    }}")
    joined = ",\n".join(routes)
    with open(file, "w") as out:
        out.write(f'{{\n  "prefect": {json.dumps(data["prefect"])},\n  "routes": {{\n{joined}\n  }}\n}}\n')
