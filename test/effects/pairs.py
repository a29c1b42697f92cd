"""Effects that two fields of one body have together, and neither alone."""

from itertools import combinations, product

MOST_VALUES = 3
# Kinds of the vocabulary that are tried with every other field, whatever they did alone.
TOLD_APART = ("workspace_variable", "jinja", "$ref.block_document_id", "refuses", "refuses all")


async def drive_pairs(driver, afterwards, findings, plain, tried):
    """@param tried: (path, tag, body, effects) of every field alone"""
    values = {}
    for path, tag, body, effects in tried:
        top = path.split(".")[0].split("[")[0]
        if top and isinstance(body, dict):
            keep(values.setdefault(top, {}), tag, body.get(top), frozenset(effects))
    for (one, ones), (other, others) in combinations(values.items(), 2):
        for (_, first), (_, second) in product(ones.values(), others.values()):
            example = {one: first, other: second}
            outcome = await driver.request(plain.route, plain.path, {**plain.body, **example}, plain.query, afterwards.look)
            known = findings.seen_below(plain.route, one) | findings.seen_below(plain.route, other)
            findings.field(plain.route, f"{one} + {other}", "pair", example, outcome, known)


def keep(values, tag, value, effects):
    """A value for each set of effects that the field has alone, and one of each kind that is told apart."""
    if tag in TOLD_APART:
        values.setdefault(tag, (tag, value))
    elif len(values) < MOST_VALUES:
        values.setdefault(effects, (tag, value))
