"""The plainest request that each route answers with success; everything else is compared with what it does."""

from dataclasses import dataclass, field

MOST_TRIALS = 60


@dataclass
class Plain:
    route: object
    path: str
    body: object = None
    query: dict = field(default_factory=dict)
    outcome: object = None


async def find_plain(driver, values, seeds, route):
    """None where no request that was tried succeeded."""
    query = {one["name"]: values.first(one["schema"], one["name"]) for one in route.queries if one.get("required")}
    for body in bodies(values, route):
        plain = Plain(route, route.path(seeds), body, query)
        plain.outcome = await driver.request(route, plain.path, body, query)
        if plain.outcome.is_driven:
            return plain
    return None


def bodies(values, route):
    if route.body is None:
        yield None
        return
    seen = 0
    for _path, _tag, body in values.variants(route.body, ""):
        if seen == MOST_TRIALS:
            return
        seen += 1
        yield body


async def find_readers(driver, seeds, plains):
    """Requests that anyone who may look sends, which write nothing and reveal nothing: what they show later, a write has revealed."""
    readers = []
    for plain in plains:
        if plain.route.conversation is not None or plain.outcome.tables or reveals(plain.outcome):
            continue
        for which in (0, 1):
            path = plain.route.path(seeds, which)
            if which == 0 or path != plain.path:
                readers.append((plain.route.method, path, plain.body, plain.query, plain.outcome.reads))
    return readers


def reveals(outcome):
    return any(effect.startswith("reveals-") for effect in outcome.effects)
