"""Values of fields that are neither objects nor lists."""

import uuid

from vocabulary import PRODUCT

UNKNOWN_NAME = "no-such-name"
# Texts that a schema says less of than the server checks.
WORDS = {"cron": "0 0 * * *", "rrule": "FREQ=DAILY", "timezone": "UTC"}
WHEN = "2026-01-01T00:00:00+00:00"


def scalars(schema, name, seeds):
    kind = schema["type"]
    if kind == "null":
        return [None]
    if kind == "boolean":
        return [True, False]
    if kind in ("integer", "number"):
        least = schema.get("minimum", schema.get("exclusiveMinimum", 0))
        return [max(1, least), least + 1 if "exclusiveMinimum" in schema else least]
    return strings(schema, name, seeds)


def strings(schema, name, seeds):
    form = schema.get("format")
    known = seeds.named(name)
    if form == "uuid":
        return [*known, str(uuid.uuid4())]
    if form in ("date-time", "date"):
        return [WHEN if form == "date-time" else WHEN[:10]]
    if form in ("duration", "time-delta"):
        return ["PT1M"]
    if form in ("uri", "color"):
        return ["http://oracle.example/" if form == "uri" else "#ffffff"]
    if name == "name":
        # Variables of Prefect 2 have no hyphen in theirs.
        return ["oracle-name", "oracle_name"]
    if name == "page-token":
        return [*seeds.known["page_token"], "oracle-text"]
    if name.endswith("_name"):
        return [*known, UNKNOWN_NAME]
    if name in WORDS:
        return [WORDS[name]]
    if "pattern" in schema:
        return ["oracle-name", "oracle_name", "1.0", "http://oracle.example/"]
    return ["oracle-text", PRODUCT, "{{ variables.seeded_variable }}"]
