"""Values of a field from its OpenAPI schema: what it declares, ids and names of what exists, and Prefect's own vocabulary.

A variant is (path, tag, value): where below the field something was said, what is special about it, and the whole value.
"""

from itertools import islice

from members import members, wholes
from scalars import scalars
from vocabulary import free_values

MOST_DEPTH = 4
# Free dictionaries further down than `actions[].parameters` are not driven with the whole vocabulary.
MOST_FREE_DEPTH = 4


class Values:
    def __init__(self, document, seeds):
        self.schemas = document.get("components", {}).get("schemas", {})
        self.seeds = seeds
        self.free = list(free_values(seeds))
        # Nested kinds are driven in one place of each dictionary, the others everywhere in it.
        self.simple = [(tag, value) for tag, value in self.free if "=" not in tag]
        self.most_depth = MOST_DEPTH

    def resolve(self, schema):
        while True:
            if "$ref" in schema:
                component = schema["$ref"].split("/")[-1]
                schema = {"component": component, **self.schemas[component]}
            elif len(schema.get("allOf", [])) == 1:
                schema = {**schema["allOf"][0], **{key: value for key, value in schema.items() if key not in ("allOf", "$ref")}}
            else:
                return schema

    def names(self, schema):
        """The members of a body, where it is an object."""
        return [] if schema is None else list(self.resolve(schema).get("properties", {}))

    def first(self, schema, name):
        """The plainest value that the schema allows."""
        return next(self.variants(schema, name, self.most_depth))[2]

    def variants(self, schema, name, depth=0):
        schema = self.resolve(schema)
        options = schema.get("anyOf") or schema.get("oneOf")
        if "const" in schema:
            yield "", "", schema["const"]
        elif "enum" in schema:
            for value in schema["enum"]:
                yield "", str(value), value
        elif options:
            for option in sorted(options, key=lambda option: option.get("type") == "null"):
                yield from self.variants(option, name, depth)
        elif schema.get("type") == "object" or "properties" in schema:
            yield from self.objects(schema, name, depth)
        elif schema.get("type") == "array":
            yield from self.arrays(schema, name, depth)
        elif "type" not in schema:
            yield "", "plain", "oracle-text"
            if depth < MOST_FREE_DEPTH:
                yield from self.anything(depth)
        else:
            values = scalars(schema, name, self.seeds)
            deep = [value for value in values[1:] if isinstance(value, str) and "{{" in value]
            for value in values if depth < 2 else [*values[:1], *deep]:
                yield "", "", value

    def objects(self, schema, name, depth):
        properties = schema.get("properties")
        extra = schema.get("additionalProperties")
        if not properties and isinstance(extra, dict) and extra and not self.is_free(extra):
            yield "", "empty", {}
            for path, tag, value in self.variants(extra, "", depth + 1):
                yield f".*{path}", tag, {"x": value}
            return
        if not properties:
            yield "", "plain", {"x": 2}
            yield "", "empty", {}
            if "schema" in name:
                yield "", "refuses", {"type": "object", "properties": {"x": {"type": "integer"}}, "additionalProperties": False}
                yield "", "refuses all", {"not": {}}
            if depth < MOST_FREE_DEPTH:
                yield from self.anything(depth)
                yield from self.like_existing(name)
            return
        needed = {key: self.first(properties[key], key) for key in schema.get("required", [])}
        if "block_document_id" not in needed and name == "" and {"data", "block_schema_id", "is_anonymous"} <= properties.keys():
            needed["name"] = "oracle-name"
        kind = properties.get("type", {})
        tag = str(kind.get("const", kind.get("default", "")))
        # What a union tells its members apart by is often no required field.
        if tag:
            needed.setdefault("type", tag)
        needed.update(members(schema.get("component", ""), properties, self.seeds.known))
        yield "", tag, needed
        for whole_tag, whole in wholes(schema.get("component", ""), self.seeds.known):
            yield "*", whole_tag, whole
        if depth >= self.most_depth:
            return
        lists = []
        for key, property_schema in properties.items():
            # The second list of the same kind of objects goes no deeper than to each of them.
            is_again = "items" in property_schema and property_schema["items"] in lists
            lists.append(property_schema.get("items"))
            for path, sub_tag, value in self.variants(property_schema, key, self.most_depth - 1 if is_again else depth + 1):
                yield f".{key}{path}", " ".join(filter(None, (tag, sub_tag))), {**needed, key: value}

    def is_free(self, schema):
        schema = self.resolve(schema)
        options = schema.get("anyOf") or schema.get("oneOf")
        return any(map(self.is_free, options)) if options else schema.get("type", "object") == "object"

    def arrays(self, schema, name, depth):
        items = schema.get("items", {})
        item_name = name.removesuffix("_") if name.endswith("_") else name.removesuffix("s")
        if schema.get("minItems", 0) > 0 or depth >= self.most_depth:
            first = [self.first(items, item_name)] * max(1, schema.get("minItems", 0))
            yield "", "", first if schema.get("minItems", 0) > 0 else []
            if depth >= self.most_depth:
                return
        else:
            yield "", "empty", []
        for path, tag, value in self.variants(items, item_name, depth + 1):
            yield f"[]{path}", tag, [value] * max(1, schema.get("minItems", 0))

    def anything(self, depth):
        """Free dictionaries: the vocabulary as a member, as what they are as a whole, and once more nested."""
        for tag, value in self.free:
            yield ".*", tag, {"x": value}
        if depth > 1:
            return
        for tag, value in self.simple:
            if isinstance(value, dict):
                yield "", f"whole {tag}", value
            yield ".*.*", tag, {"x": {"deeper": [value]}}

    def like_existing(self, name):
        """What the field of that name holds in objects that exist, and the same with each member emptied or left out."""
        name = name.removeprefix("default_")
        holders = (row for rows in self.seeds.rows.values() for row in rows if isinstance(row.get(name), dict) and row[name])
        for row in islice(holders, 1):
            yield "", "as existing", row[name]
            yield from self.mutations(row[name], "", 0)

    def mutations(self, value, path, depth):
        for key, member in value.items():
            where = f"{path}.{key}"
            yield where, "left out", {other: kept for other, kept in value.items() if other != key}
            empty = type(member)() if isinstance(member, (list, dict, str)) else None
            if member:
                yield where, "emptied", {**value, key: empty}
            if isinstance(member, str):
                yield where, "changed", {**value, key: "changed-by-oracle"}
            for tag, free in self.free:
                if tag.startswith(("$ref", "template")):
                    yield where, tag, {**value, key: free}
            if isinstance(member, dict) and depth < 4:
                for deeper, tag, changed in self.mutations(member, where, depth + 1):
                    yield deeper, tag, {**value, key: changed}
