"""The data as JSON with a line for each way in which a field has an effect."""

import json


def write(file, data):
    routes = ",\n".join(f"    {json.dumps(name)}: {route(row)}" for name, row in data["routes"].items())
    with open(file, "w") as out:
        out.write(f'{{\n  "prefect": {json.dumps(data["prefect"])},\n  "routes": {{\n{routes}\n  }}\n}}\n')


def route(row):
    members = [f"{json.dumps(key)}: {json.dumps(value)}" for key, value in row.items() if key != "fields"]
    if "fields" in row:
        fields = ",\n".join(field(path, ways) for path, ways in row["fields"].items())
        members.append(f'"fields": {{\n{fields}\n      }}')
    return "{\n      " + ",\n      ".join(members) + "\n    }"


def field(path, ways):
    lines = ",\n".join(f"          {json.dumps(way)}" for way in ways)
    return f"        {json.dumps(path)}: [\n{lines}\n        ]"
