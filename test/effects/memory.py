"""What Prefect keeps in memory beside its database, which is put back together with it."""

import copy
import sys

# Of modules that are loaded, as a path to the object that has the members; a release that lacks one has nothing to put back.
HELD = (
    ("prefect.server.events.triggers", "", ("automations_by_id", "triggers", "_triggers_by_expect", "next_proactive_runs")),
    ("prefect.server.concurrency.lease_storage.memory", "ConcurrencyLeaseStorage._instance", ("leases", "expirations")),
    ("prefect.server.models.task_workers", "task_worker_tracker", ("workers", "task_keys", "worker_timestamps")),
    ("prefect.server.task_queue", "TaskQueue", ("_task_queues",)),
)  # fmt: skip


def held():
    """Every dictionary that is there."""
    for module, path, members in HELD:
        owner = sys.modules.get(module)
        for name in filter(None, path.split(".")):
            owner = getattr(owner, name, None)
        for member in members:
            if isinstance(getattr(owner, member, None), dict):
                yield getattr(owner, member)


def keep():
    """[(dictionary, what is in it)]; sets in it are kept as they are at the time."""
    return [(each, {key: copy.copy(value) if isinstance(value, set) else value for key, value in each.items()}) for each in held()]


def put_back(kept):
    known = {id(each) for each, _ in kept}
    for each, content in kept:
        each.clear()
        each.update({key: copy.copy(value) if isinstance(value, set) else value for key, value in content.items()})
    for each in held():
        if id(each) not in known:
            each.clear()


def holds_other_automations(kept):
    """Whether the server has loaded, changed or forgotten an automation since."""
    return any(
        each.keys() != content.keys() or any(each[key] is not value for key, value in content.items())
        for each, content in kept
        if each is automations()
    )


def automations():
    return getattr(sys.modules.get("prefect.server.events.triggers"), "automations_by_id", None)
