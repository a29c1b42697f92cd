"""Events, and triggers that wait for them."""

import uuid
from datetime import datetime, timezone

EVENT = "oracle.something-happened"


def trigger(expected=EVENT):
    return {
        "type": "event", "posture": "Reactive", "match": {}, "match_related": {}, "after": [], "expect": [expected],
        "for_each": [], "threshold": 1, "within": 0,
    }  # fmt: skip


def event(name=EVENT, related=()):
    return {
        "occurred": moment(), "event": name, "resource": {"prefect.resource.id": "oracle.resource"},
        "related": list(related), "payload": {}, "id": str(uuid.uuid4()),
    }  # fmt: skip


def moment():
    return datetime.now(timezone.utc).isoformat()


def related_resources(known):
    """An object of each kind that actions of automations act on, which they find in the event."""
    kinds = {"flow-run": ("flow_run_id", 1), "deployment": ("deployment_id", 0), "flow": ("flow_id", 0), "work-pool": ("work_pool_id", 0),
             "work-queue": ("work_queue_id", 0), "automation": ("automation_id", 0)}  # fmt: skip
    return [
        {"prefect.resource.id": f"prefect.{kind}.{known[field][which]}", "prefect.resource.role": kind}
        for kind, (field, which) in kinds.items()
        if len(known.get(field, ())) > which
    ]


def of_task_run(known):
    """What a run that executes tasks says of one, as Prefect 3's engine does."""
    state = {"type": "COMPLETED", "name": "Completed", "message": "", "data": None, "state_details": {}}
    task_run = {"task_key": "t", "dynamic_key": "0", "name": "t-0", "task_inputs": {}, "tags": []}
    return {
        **event("prefect.task-run.Completed"),
        "resource": {"prefect.resource.id": f"prefect.task-run.{known['task_run_id'][0]}", "prefect.orchestration": "client"},
        "related": [{"prefect.resource.id": f"prefect.flow-run.{known['flow_run_id'][1]}", "prefect.resource.role": "flow-run"}],
        "payload": {"intended": {"from": "RUNNING", "to": "COMPLETED"}, "initial_state": state, "validated_state": state, "task_run": task_run},
    }
