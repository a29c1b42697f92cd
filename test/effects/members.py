"""What the plainest object of a kind needs beside what its schema requires, so that it is one that does something."""

from importlib import import_module

from sample_events import EVENT, event, of_task_run, trigger

# Actions say which object they are about; without a name of its own the state keeps its type's.
OBJECTS = ("deployment_id", "work_pool_id", "work_queue_id", "automation_id")


def members(component, properties, known):
    """@param component: the schema's name in the OpenAPI document, where it has one"""
    name = component.removesuffix("-Input")
    if name == "EventTrigger":
        # Without an event that it expects, an automation acts on each event, its own among them, for ever.
        return trigger()
    if name in ("AutomationCreate", "AutomationUpdate"):
        return {"trigger": trigger(), "actions": [{"type": "do-nothing"}]}
    if name == "Event":
        return event()
    if "source" in properties:
        return {"source": "selected", **{field: known[field][0] for field in OBJECTS if field in properties and field in known}}
    if name == "WorkerHelloPayload":
        return worker_hello()
    if name == "CallWebhook":
        return {"block_document_id": known["webhook_id"][0]}
    if name == "SendNotification":
        return {"block_document_id": known["notification_id"][0], "subject": "oracle", "body": "oracle"}
    return {}


def worker_hello():
    protocol = import_module("prefect.client.schemas.worker_channel")
    return {
        "worker_name": "oracle-worker", "worker_type": "process", "heartbeat_interval_seconds": 30,
        "supported_channel_versions": [protocol.WORK_POOL_WORKER_CHANNEL_VERSION],
        "requested_capabilities": sorted(protocol.SUPPORTED_WORKER_CHANNEL_CAPABILITIES),
        "handled_cleanup_kinds": list(protocol.SUPPORTED_CLEANUP_KINDS), "max_cleanup_concurrency": 1,
    }  # fmt: skip


def wholes(component, known):
    """(tag, value) of whole objects whose members only have an effect together."""
    if component.removesuffix("-Input") == "Event":
        yield "of a task run", of_task_run(known)
        yield "awaited", event(EVENT)
