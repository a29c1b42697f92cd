"""The whole survey: seeds, then each route plainly, then each of its fields, then pairs of fields."""

import json
import sys
import time
from pathlib import Path

import prefect
from afterwards import Afterwards
from chains import drive_chains
from drive import Driver
from findings import Findings
from pairs import drive_pairs
from plain_requests import find_plain, find_readers
from routes import read_routes
from seeds import seed
from server import Server
from values import MOST_DEPTH, Values
from workers import workers_view
from write_lines import write

FILTER_DEPTH = 2


async def survey(out, only, pairs):
    """@param pairs: which routes are driven with two fields at a time as well, if any are"""
    server = Server()
    await server.start()
    seeds = await seed(server)
    server.database.install_triggers()
    driver = Driver(server, server.database.snapshot())
    document, routes = read_routes(server)
    values = Values(document, seeds)
    afterwards = Afterwards(driver, seeds)
    kept = read_kept(out) if only.pattern else {}
    findings = Findings(workers_view(server.database, seeds.known["flow_run_id"]))

    plains = []
    for route in routes:
        plain = None if not route.is_driven else await find_plain(driver, values, seeds, route)
        findings.route(route, values.names(route.body))
        if plain is not None:
            plains.append(plain)
    afterwards.readers = await find_readers(driver, seeds, plains)
    print(f"{len(plains)} of {len(routes)} routes answer plainly, {len(afterwards.readers)} of them only read", file=sys.stderr)

    driven = [plain for plain in plains if only.search(plain.route.name)]
    accepted = {}
    for plain in driven:
        accepted[plain.route.name] = await drive_fields(driver, values, afterwards, findings, plain, pairs is not None and bool(pairs.search(plain.route.name)))
        write(out, findings.as_data(prefect.__version__, kept, only))
    await drive_chains(driver, driven, accepted, afterwards, findings)
    print(f"{driver.sent} requests, {time.process_time():.0f} s of CPU", file=sys.stderr)
    write(out, findings.as_data(prefect.__version__, kept, only))


def read_kept(out):
    """What an earlier survey found of the routes that this one leaves out."""
    return json.loads(Path(out).read_text())["routes"] if Path(out).exists() else {}


async def drive_fields(driver, values, afterwards, findings, plain, with_pairs):
    """Each field beside the plain request. Returns what was answered with success."""
    started, sent = time.monotonic(), driver.sent
    route = plain.route
    base = await driver.request(route, plain.path, plain.body, plain.query, afterwards.look)
    # What the server keeps for a while after the first request, as what it has fetched, it does not do again.
    base.effects |= plain.outcome.effects
    findings.base(route, base)
    for name, tag, value in query_variants(values, plain):
        outcome = await driver.request(route, plain.path, plain.body, {**plain.query, name: value}, afterwards.look)
        findings.field(route, f"?{name}", tag, {f"?{name}": value}, outcome)
    accepted, tried = [], []
    # Filters go deep and have no effects of their own; what they ask is seen from above.
    values.most_depth = MOST_DEPTH if base.tables else FILTER_DEPTH
    filled_in = set()
    # Kinds within kinds last, and only of fields in which a kind alone had an effect.
    for path, tag, example, body in sorted(body_variants(values, plain), key=lambda variant: "=" in variant[1]):
        if "=" in tag and top_of(path) not in filled_in:
            continue
        outcome = await driver.request(route, plain.path, body, plain.query, afterwards.look)
        findings.field(route, path, tag, example, outcome)
        if tag and outcome.effects - base.effects:
            filled_in.add(top_of(path))
        tried.append((path, tag, body, outcome.effects - base.effects))
        if outcome.is_driven:
            accepted.append((path, tag, body))
    values.most_depth = MOST_DEPTH
    if with_pairs and (base.tables or "reads-variable" in base.effects):
        await drive_pairs(driver, afterwards, findings, plain, tried)
    print(f"{route.name}: {driver.sent - sent} requests, {time.monotonic() - started:.1f} s", file=sys.stderr)
    return accepted


def top_of(path):
    return path.split(".")[0].split("[")[0]


def query_variants(values, plain):
    for one in plain.route.queries:
        for _path, tag, value in values.variants(one["schema"], one["name"]):
            if isinstance(value, (str, int, float, bool)):
                yield one["name"], tag, value


def body_variants(values, plain):
    """(path, tag, what is said of the field, whole body): each field alone beside the plain body."""
    if plain.route.body is None:
        return
    for path, tag, body in values.variants(plain.route.body, ""):
        top = top_of(path.lstrip("."))
        if isinstance(plain.body, dict) and isinstance(body, dict) and top in body:
            example = {top: body[top]}
            yield path.lstrip("."), tag, example, {**plain.body, **example}
        elif path or body != plain.body:
            yield path.lstrip("."), tag, body, body
