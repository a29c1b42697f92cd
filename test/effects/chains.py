"""Effects of two requests: what one made, with a field that its route's body can have, is named in another."""

import json

from findings import singular
from workers import workers_view

MOST_MADE = 12


async def drive_chains(driver, plains, accepted, afterwards, findings):
    """@param accepted: (path, tag, body) of every request that was answered with success, by route"""
    for maker in plains:
        if not makes_one(maker):
            continue
        kind = singular(maker.route.template.split("/")[1])
        before = driver.snapshot
        await driver.start_from(before)
        made = await make_variants(driver, maker, accepted[maker.route.name])
        await driver.start_from(driver.server.database.snapshot())
        with_made = workers_view(driver.server.database, afterwards.seeds.known["flow_run_id"])
        for plain in plains:
            for path, tag, example, request in naming(plain, kind, made, accepted[plain.route.name], findings):
                outcome = await driver.request(plain.route, *request, afterwards.look)
                known = {effect for field in path.split(", after ")[0].split(" + ") for effect in findings.seen(plain.route, field)}
                findings.field(plain.route, path, tag, example, outcome, known, with_made)
        await driver.start_from(before)


def makes_one(plain):
    try:
        return plain.route.method == "POST" and plain.route.template.count("/") == 2 and "id" in json.loads(plain.outcome.text)
    except (TypeError, ValueError):
        return False


async def make_variants(driver, maker, accepted):
    """Has the route make an object with each of its fields, all in one database: [(how, id)]."""
    made, seen = {}, set()
    for path, tag, body in accepted:
        way = (path, tag if tag in ("left out", "emptied") else "")
        if way in seen or len(made) == MOST_MADE:
            continue
        seen.add(way)
        response = await driver.server.ask(maker.route.method, maker.path, json=renamed(body, len(made)))
        await driver.server.settle()
        answer = response.json() if response.status_code < 300 else None
        if isinstance(answer, dict) and "id" in answer:
            made.setdefault(answer["id"], f"{maker.route.name} {path} {tag}".strip())
    return [(how, identifier) for identifier, how in made.items()]


def renamed(body, number):
    return {**body, "name": f"{body['name']}-{number}"} if isinstance(body, dict) and isinstance(body.get("name"), str) else body


def naming(plain, kind, made, accepted, findings):
    """(path, tag, example, request) of each request that names what was made: in its body, alone and with another field, or in its path."""
    route, field = plain.route, f"{kind}_id"
    for how, identifier in made:
        after = f", after {how.split(' ')[0]} {how.split(' ')[1]}"
        if field in findings.routes[route.name]["names"] and isinstance(plain.body, dict):
            for other, beside in [("", {}), *companions(field, accepted)]:
                example = {**beside, field: identifier}
                path = f"{field} + {other}" if other else field
                yield path + after, how, example, (plain.path, {**plain.body, **example}, plain.query)
        path = route.template.replace("{id}", identifier)
        if route.template.startswith(f"/{kind}s/{{id}}") and route.method != "DELETE" and "{" not in path:
            yield "{id}" + after, how, plain.body, (path, plain.body, plain.query)


def companions(field, accepted):
    """Another field of the body at a time, with the first value that was accepted."""
    seen = {field}
    for path, _tag, body in accepted:
        if path not in seen and path.isidentifier():
            seen.add(path)
            yield path, {path: body[path]}
