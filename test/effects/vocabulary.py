"""Prefect's own vocabulary for free dictionaries, read from its code.

Which kinds it hydrates, and by which members, comes from the registry of handlers and their source; what references look like,
from the string constants of its server's modules. A kind that a later release adds is found without a change here.
"""

import ast
import importlib.util
import inspect
import re
from pathlib import Path

MEMBER = re.compile(r'["\'](\w+)["\'] (?:not )?in obj|obj\[["\'](\w+)["\']\]|obj\.get\(["\'](\w+)["\']')
PRODUCT = "{{ 271 * 829 }}"


def handlers():
    """`kind -> members`, empty on a release that hydrates nothing."""
    try:
        from prefect.utilities.schema_tools import hydration
    except ImportError:
        return {}
    found = {}
    for kind, function in hydration._handlers.items():
        groups = MEMBER.findall(inspect.getsource(function))
        found[kind] = sorted({name for group in groups for name in group if name})
    return found


def leaf(member, seeds):
    """What a member of a kind, or of a reference, holds in the simplest case."""
    known = seeds.known.get(member) or seeds.known.get(member.removesuffix("_name") + "_id")
    if known:
        return known[0]
    return PRODUCT if "template" in member else '{"a": "{{ 271 * 829 }}"}'


def hydrated(seeds):
    """(tag, value) of each kind alone, and of each in every member of each, itself among them."""
    kinds = handlers()
    marker = "__prefect_kind"

    def alone(kind):
        return {marker: kind, **{member: leaf(member, seeds) for member in kinds[kind]}}

    for kind in kinds:
        yield kind, alone(kind)
    for outer, members in kinds.items():
        for member in members:
            for inner in kinds:
                yield f"{outer}.{member}={inner}", {**alone(outer), member: alone(inner)}
    for outer in kinds:
        for member in kinds[outer]:
            yield f"{outer}.{member}=list", {**alone(outer), member: [alone(inner) for inner in kinds]}
            yield f"{outer}.{member}=unknown", {**alone(outer), member: "no-such-name"}


def reference_members():
    """What stands below `$ref` where the server's code looks into it: `value["$ref"].get("block_document_id")`."""
    package = Path(importlib.util.find_spec("prefect").origin).parent / "server"
    members = set()
    for file in sorted(package.rglob("*.py")):
        if "_migrations" in file.parts or '"$ref"' not in (text := file.read_text()):
            continue
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.endswith("_id"):
                members.add(node.value)
    return sorted(members)


def references(seeds):
    for member in reference_members():
        # Not the first, which paths name: Prefect before 3.8 never ends reading a block that refers to itself.
        known = seeds.known.get(member, [])
        for value in known[1:2] or known:
            yield f"$ref.{member}", {"$ref": {member: value}}
    # What a schema may refer to, wherever it lies.
    yield "$ref.remote", {"$ref": "http://oracle.example/schema.json"}


def texts(seeds):
    """Templates of the server, and of workers, which resolve these with their own rights."""
    yield "template", PRODUCT
    yield "template-of-variables", "{{ variables.seeded_variable }}"
    yield "template-of-block", "{{ prefect.blocks.vault.vault.token }}"
    yield "template-of-variable", "{{ prefect.variables.seeded_variable }}"


def free_values(seeds):
    """(tag, value) of everything above, for whatever a free dictionary holds."""
    yield "plain", "oracle-text"
    yield from hydrated(seeds)
    yield from references(seeds)
    yield from texts(seeds)
