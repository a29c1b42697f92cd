"""What the workers of each pool would be given to execute, read from the tables that their polls read."""

TEMPLATE = "base_job_template"
OF_RUN = ("job_variables", "infrastructure_document_id", "parameters")
OF_DEPLOYMENT = (
    "job_variables", "infra_overrides", "pull_steps", "entrypoint", "path", "manifest_path", "storage_document_id",
    "infrastructure_document_id", "_storage_document_id",
)  # fmt: skip


def workers_view(database, seeded_runs):
    """{(pool, `template`): …, (pool, `run-of-others`, `job_variables`): …}"""
    live = database.live
    view = {}
    for pool, template in live.execute("SELECT name, base_job_template FROM work_pool"):
        view[pool, "template"] = template
    run_columns, deployment_columns = columns(live, "flow_run", OF_RUN), columns(live, "deployment", OF_DEPLOYMENT)
    wanted = [f"run.{column}" for column in run_columns] + [f"deployment.{column}" for column in deployment_columns]
    names = [*run_columns, *(f"deployment.{column}" for column in deployment_columns)]
    rows = live.execute(
        f"""SELECT pool.name, run.id, {", ".join(wanted)} FROM flow_run run
        LEFT JOIN deployment ON deployment.id = run.deployment_id
        LEFT JOIN work_queue queue ON queue.id = run.work_queue_id LEFT JOIN work_pool pool ON pool.id = queue.work_pool_id
        WHERE run.state_type = 'SCHEDULED' ORDER BY run.created"""
    )
    for pool, identifier, *values in rows.fetchall():
        run = "run-of-others" if identifier in seeded_runs else "new-run"
        view[pool, run] = view.get((pool, run), 0) + 1
        for name, value in zip(names, values):
            view.setdefault((pool, run, name), []).append(value)
    return view


def columns(live, table, wanted):
    existing = {row[1] for row in live.execute(f'PRAGMA table_info("{table}")')}
    return [column for column in wanted if column in existing]


def differences(before, after):
    """`workers-get:run-of-others:job_variables` for each thing that differs, and only that a run is there or not if that does."""
    changed = {key for key in before.keys() | after.keys() if before.get(key) != after.get(key)}
    runs = {key[:2] for key in changed if len(key) == 2}
    return {f"workers-get:{':'.join(key[1:])}" for key in changed if len(key) == 2 or key[:2] not in runs}
