"""Objects that exist before anything is driven, made through the API as any client makes them.

Values that nobody may see in clear are canaries: where one turns up, it has been revealed.
"""

from datetime import datetime, timedelta, timezone

from seed_automations import seed_automations

CANARIES = {
    "canary-secret-4f1c": "reveals-secret",
    "canary-variable-9e27": "reveals-variable",
    "canary-setting-b083": "reveals-setting",
}
SECRET, VARIABLE, SETTING = CANARIES
MOST_TRIALS = 10

ALIASES = {"document_id": "block_document_id", "block_id": "block_document_id"}
FOLDERS = {"saved_search": "saved_searches", "flow_run_notification_policy": "flow_run_notification_policies"}


class Seeds:
    """What exists: `known` ids and names by the field that holds them (`work_pool_name`, `flow_id`), `rows` by the folder of their routes."""

    def __init__(self, server):
        self.server = server
        self.known = {}
        self.rows = {}

    async def make(self, path, kind, body, method="POST", optional=False):
        for _ in range(MOST_TRIALS):
            answer = await self.server.ask(method, path, json=body)
            await self.server.settle()
            # SQLite was locked by the background work of what was made before.
            if answer.status_code != 503:
                break
        if answer.status_code >= 300:
            if optional:
                return None
            raise AssertionError(f"{method} {path}: {answer.status_code} {answer.text[:500]}")
        row = answer.json() if answer.content else {}
        if isinstance(row, dict) and "id" in row:
            self.know(f"{kind}_id", row["id"])
            self.rows.setdefault(FOLDERS.get(kind, f"{kind}s"), []).append(row)
            if "name" in row:
                self.know(f"{kind}_name", row["name"])
        return row

    def named(self, field):
        """Ids or names for a field, by the end of its name: `parent_flow_run_id` holds a flow run's id."""
        field = field.removesuffix("_")
        ends = [known for known in {**self.known, **ALIASES} if field == known or field.endswith(f"_{known}")]
        return self.known.get(ALIASES.get(best := max(ends, key=len, default=""), best), [])

    def know(self, field, value):
        values = self.known.setdefault(field, [])
        if value not in values:
            values.append(value)


JOB_TEMPLATE = {
    "job_configuration": {"command": "{{ command }}", "env": "{{ env }}", "name": "{{ name }}", "working_dir": "{{ working_dir }}"},
    "variables": {
        "type": "object",
        "properties": {
            "name": {"type": "string"},
            "command": {"type": "string", "default": "echo seeded"},
            "env": {"type": "object", "additionalProperties": {"type": "string"}, "default": {}},
            "working_dir": {"type": "string"},
        },
    },
}


async def seed_blocks(seeds):
    block_type = await seeds.make("/block_types/", "block_type", {"name": "Vault", "slug": "vault"})
    fields = {
        "title": "Vault", "type": "object", "block_type_slug": "vault", "secret_fields": ["token", "inner.*"], "block_schema_references": {},
        "properties": {"token": {"type": "string", "format": "password"}, "inner": {"type": "object"}, "user": {"type": "string"}},
    }  # fmt: skip
    schema = await seeds.make("/block_schemas/", "block_schema", {"fields": fields, "block_type_id": block_type["id"], "capabilities": ["get"]})
    for name in ("vault", "other-vault"):
        data = {"token": SECRET, "inner": {"token": SECRET}, "user": "seeded"}
        body = {"name": name, "data": data, "block_type_id": block_type["id"], "block_schema_id": schema["id"]}
        await seeds.make("/block_documents/", "block_document", body)


async def server_answer(seeds, path):
    return await seeds.server.ask("GET", path)


async def seed_work(seeds):
    flow = await seeds.make("/flows/", "flow", {"name": "seeded-flow"})
    for name in ("seeded-pool", "other-pool"):
        pool = await seeds.make("/work_pools/", "work_pool", {"name": name, "type": "process", "base_job_template": JOB_TEMPLATE})
        queue = await seeds.make(f"/work_pools/{name}/queues/", "work_queue", {"name": "seeded-queue"})
        await seeds.make(f"/work_pools/{name}/workers/heartbeat", "worker", {"name": "seeded-worker"})
        schema = {"type": "object", "properties": {"x": {}}}
        body = {
            "name": f"seeded-deployment-{name}", "flow_id": flow["id"], "work_pool_name": pool["name"], "work_queue_name": queue["name"],
            "entrypoint": "flow.py:seeded", "path": "/seeded", "parameters": {"x": 1}, "parameter_openapi_schema": schema,
            "schedules": [{"active": True, "schedule": {"interval": 86400.0}}],
        }  # fmt: skip
        deployment = await seeds.make("/deployments/", "deployment", body)
        seeds.know("schedule_id", deployment["schedules"][0]["id"])
        for state in ("SCHEDULED", "RUNNING"):
            due = (datetime.now(timezone.utc) - timedelta(minutes=1)).isoformat()
            details = {"scheduled_time": due} if state == "SCHEDULED" else {}
            run = await seeds.make(f"/deployments/{deployment['id']}/create_flow_run", "flow_run", {"name": f"run-{state}-{name}"})
            state_body = {"state": {"type": state, "state_details": details}, "force": True}
            await seeds.make(f"/flow_runs/{run['id']}/set_state", "orchestration", state_body)
            row = (await server_answer(seeds, f"/flow_runs/{run['id']}")).json()
            seeds.rows.setdefault("flow_run_states", []).append({"id": row["state_id"]})
    run_id = seeds.known["flow_run_id"][1]
    task_run = await seeds.make("/task_runs/", "task_run", {"flow_run_id": run_id, "task_key": "t", "dynamic_key": "0", "state": {"type": "RUNNING"}})
    seeds.rows["task_run_states"] = [{"id": task_run["state_id"]}]
    seeds.rows["ui"] = [task_run]
    await seeds.make("/artifacts/", "artifact", {"key": "seeded-artifact", "type": "markdown", "data": "x", "flow_run_id": run_id})
    log = {"name": "l", "level": 20, "message": "m", "timestamp": datetime.now(timezone.utc).isoformat(), "flow_run_id": run_id, "task_run_id": task_run["id"]}
    await seeds.make("/logs/", "log", [log])
    for run in seeds.known["flow_run_id"]:
        await seeds.make(f"/flow_runs/{run}/input", "input", {"key": "seeded-key", "value": '"v"', "sender": "s"})
    await seeds.make("/work_pools/", "work_pool", {"name": "empty-pool", "type": "process"})


async def seed_others(seeds):
    await seeds.make("/variables/", "variable", {"name": "seeded_variable", "value": VARIABLE, "tags": ["t"]})
    await seeds.make("/concurrency_limits/", "concurrency_limit", {"tag": "seeded-tag", "concurrency_limit": 5})
    await seeds.make("/v2/concurrency_limits/", "concurrency_limit", {"name": "seeded-limit", "limit": 5, "active": True, "active_slots": 1}, optional=True)
    await seeds.make("/saved_searches/", "saved_search", {"name": "seeded-search", "filters": []}, method="PUT", optional=True)
    policy = {"is_active": True, "state_names": ["Failed"], "tags": [], "block_document_id": seeds.known["block_document_id"][0]}
    await seeds.make("/flow_run_notification_policies/", "flow_run_notification_policy", policy, optional=True)
    lease = {"names": ["seeded-limit"], "slots": 1, "mode": "concurrency", "lease_duration": 3600}
    answer = await seeds.make("/v2/concurrency_limits/increment-with-lease", "lease", lease, optional=True)
    if answer:
        seeds.know("lease_id", answer["lease_id"])


async def seed(server):
    seeds = Seeds(server)
    await seed_blocks(seeds)
    await seed_work(seeds)
    await seed_others(seeds)
    await seed_automations(seeds)
    await server.settle()
    return seeds
