"""Effects of two requests: what one made is named in another. One row for each field that its route's body can have."""

import json

from findings import singular

MOST_MADE = 24


async def make_variants(driver, plain, accepted):
    """Has the route make an object for each of its fields that was accepted, all in one database. Yields (how, id)."""
    made, seen = [], set()
    for path, tag, body in accepted:
        key = (path, tag if tag in ("left out", "emptied") else "")
        if key in seen or len(made) == MOST_MADE:
            continue
        seen.add(key)
        response = await driver.server.ask(plain.route.method, plain.path, json=renamed(body, len(made)))
        await driver.server.settle()
        if response.status_code < 300 and isinstance(answer := response.json(), dict) and "id" in answer:
            if answer["id"] not in [identifier for _, identifier in made]:
                made.append((f"{plain.route.name} {path} {tag}".strip(), answer["id"]))
    return made


def renamed(body, number):
    return {**body, "name": f"{body['name']}-{number}"} if isinstance(body, dict) and isinstance(body.get("name"), str) else body


async def drive_chains(driver, plains, accepted, afterwards, findings):
    """@param accepted: (path, tag, body) of every request that was answered with success, by route"""
    for plain in plains:
        answer = parsed(plain.outcome.text)
        if plain.route.method != "POST" or not isinstance(answer, dict) or "id" not in answer or plain.route.template.count("/") != 2:
            continue
        kind = singular(plain.route.template.split("/")[1])
        before = driver.snapshot
        driver.is_clean = False
        await driver.put_back()
        made = await make_variants(driver, plain, accepted.get(plain.route.name, []))
        driver.snapshot, driver.is_clean = driver.server.database.snapshot(), False
        for other in plains:
            await drive_with(driver, other, kind, made, accepted, afterwards, findings)
        driver.snapshot, driver.is_clean = before, False


async def drive_with(driver, plain, kind, made, accepted, afterwards, findings):
    route = plain.route
    field = next((name for name in fields_of(route, findings) if name == f"{kind}_id"), None)
    is_path = route.template.startswith(f"/{kind}s/{{id}}") and route.method != "DELETE"
    base = findings.bases.get(route.name)
    if base is None or (field is None and not is_path):
        return
    for how, identifier in made:
        if field is not None and isinstance(plain.body, dict):
            for other, beside in [("", {}), *companions(field, accepted.get(route.name, []))]:
                body = {**plain.body, **beside, field: identifier}
                outcome = await driver.request(route, plain.path, body, plain.query, afterwards.look)
                where = f"{field} + {other}" if other else field
                known = findings.fields_seen(route, field) | findings.fields_seen(route, other)
                findings.field(route, where, how, base, outcome, known)
        if is_path:
            path = route.template.replace("{id}", identifier)
            if "{" not in path:
                outcome = await driver.request(route, path, plain.body, plain.query, afterwards.look)
                findings.field(route, "{id}", how, base, outcome)


def companions(field, accepted):
    """Another field of the body at a time, with two of the values that were accepted."""
    seen = {}
    for path, _tag, body in accepted:
        if path and path != field and path.isidentifier() and seen.get(path, 0) < 2:
            seen[path] = seen.get(path, 0) + 1
            yield path, {path: body[path]}


def fields_of(route, findings):
    return findings.routes[route.name]["names"]


def parsed(text):
    try:
        return json.loads(text)
    except ValueError:
        return None
