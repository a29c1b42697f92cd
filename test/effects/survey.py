"""The whole survey: seeds, then each route plainly, then each of its fields, then pairs of fields."""

import sys
import time

import prefect
from afterwards import Afterwards
from chains import drive_chains
from drive import Driver
from findings import Findings, write
from plain_requests import find_plain, find_readers
from routes import read_routes
from seeds import seed
from server import Server
from workers import workers_view
from values import MOST_DEPTH, Values

FILTER_DEPTH = 2


async def survey(arguments, only):
    server = Server()
    await server.start()
    seeds = await seed(server)
    server.database.install_triggers()
    driver = Driver(server, server.database.snapshot())
    document, routes = read_routes(server)
    values = Values(document, seeds)
    afterwards = Afterwards(driver, seeds)
    findings = Findings(workers_view(server.database, seeds.known["flow_run_id"]))

    plains = []
    for route in routes:
        plain = None if route.specification is None else await find_plain(driver, values, seeds, route)
        findings.route(route, plain, values.names(route.body))
        if plain is not None:
            plains.append(plain)
    afterwards.readers = await find_readers(driver, seeds, plains)
    print(f"{len(plains)} of {len(routes)} routes answer plainly, {len(afterwards.readers)} of them only read", file=sys.stderr)

    driven = [plain for plain in plains if only.search(plain.route.name)]
    accepted = {}
    for plain in driven:
        accepted[plain.route.name] = await drive_fields(driver, values, afterwards, findings, plain)
        write(arguments.out, findings.as_data(prefect.__version__))
    await drive_chains(driver, driven, accepted, afterwards, findings)
    print(f"{driver.sent} requests, {time.process_time():.0f} s of CPU", file=sys.stderr)
    write(arguments.out, findings.as_data(prefect.__version__))


async def drive_fields(driver, values, afterwards, findings, plain):
    started, sent = time.monotonic(), driver.sent
    route = plain.route
    base = await driver.request(route, plain.path, plain.body, plain.query, afterwards.look)
    findings.base(route, base)
    for name, tag, query in query_variants(values, plain):
        outcome = await driver.request(route, plain.path, plain.body, query, afterwards.look)
        findings.field(route, f"?{name}", tag, base, outcome)
    # Filters go deep and have no effects of their own; what they ask is seen from above.
    accepted = []
    values.most_depth = MOST_DEPTH if base.tables else FILTER_DEPTH
    for path, tag, body in list(body_variants(values, plain)):
        outcome = await driver.request(route, plain.path, body, plain.query, afterwards.look)
        findings.field(route, path, tag, base, outcome)
        if outcome.is_driven:
            accepted.append((path, tag, body))
    values.most_depth = MOST_DEPTH
    print(f"{route.name}: {driver.sent - sent} requests, {time.monotonic() - started:.1f} s", file=sys.stderr)
    return accepted


def query_variants(values, plain):
    for one in plain.route.queries:
        for _path, tag, value in values.variants(one["schema"], one["name"]):
            if isinstance(value, (str, int, float, bool)):
                yield one["name"], tag, {**plain.query, one["name"]: value}


def body_variants(values, plain):
    """Each field alone beside the plain body."""
    if plain.route.body is None:
        return
    for path, tag, body in values.variants(plain.route.body, ""):
        if isinstance(plain.body, dict) and isinstance(body, dict) and path:
            top = path.lstrip(".").split(".")[0].split("[")[0]
            body = {**plain.body, top: body[top]} if top in body else body
        yield path.lstrip("."), tag, body
