"""What is said on each of the WebSockets: the schema of what a client chooses, the frames it sends, and what it then waits for."""

import inspect
import uuid
from importlib import import_module

from sample_events import EVENT, event, moment

TASK = "oracle.task"
SIGN_IN = {"type": "auth", "token": None}


class Conversation:
    """@param schema: of the body, from which the frames are made; @param meanwhile: (method, path, body) of what others ask for while it is open"""

    def __init__(self, schema, frames, meanwhile=(), answers=(), signs_in=True):
        self.schema = schema
        self.signs_in = signs_in
        self.frames = frames
        self.meanwhile = meanwhile
        self.answers = answers

    def path(self, path, body):
        """A worker that may make its pool names one that is not there."""
        return path.replace("empty-pool", "oracle-pool") if body.get("create_pool_if_not_found") else path

    def opening(self, body):
        return [*([SIGN_IN] if self.signs_in else []), *self.frames(body)]


def of_events_in(_document):
    # Older releases take events from anyone who connects.
    from prefect.server.api import events

    signs_in = "accept_prefect_socket" in inspect.getsource(events.stream_events_in)
    return Conversation(reference("Event"), lambda body: [body], signs_in=signs_in)


def of_events_out(_document):
    schema = {"type": "object", "required": ["filter"], "properties": {"filter": reference("EventFilter"), "backfill": {"type": "boolean"}}}
    changes = [("PATCH", "/variables/name/seeded_variable", {"tags": ["u"]}), ("POST", "/events", [event(EVENT)])]
    return Conversation(schema, lambda body: [{"type": "filter", **body}], changes)


def of_logs_out(_document):
    schema = {"type": "object", "required": ["filter"], "properties": {"filter": reference("LogFilter")}}
    log = {"name": "l", "level": 20, "message": "heard", "timestamp": moment()}
    return Conversation(schema, lambda body: [{"type": "filter", **body}], [("POST", "/logs/", [log])])


def of_scheduled_tasks(_document):
    keys = {"type": "array", "items": {"type": "string", "enum": [TASK]}, "minItems": 1}
    schema = {"type": "object", "required": ["keys", "client_id"], "properties": {"keys": keys, "client_id": {"type": "string"}}}
    task_run = {"task_key": TASK, "dynamic_key": "0", "state": {"type": "SCHEDULED", "state_details": {"scheduled_time": moment()}}}
    return Conversation(schema, lambda body: [{"type": "subscribe", **body}], [("POST", "/task_runs/", task_run)], [{"type": "ack"}])


def of_worker_channel(document):
    protocol = import_module("prefect.client.schemas.worker_channel")
    schema = protocol.WorkerHelloPayload.model_json_schema(ref_template="#/components/schemas/{model}")
    document["components"]["schemas"].update(schema.pop("$defs", {}))
    document["components"]["schemas"]["WorkerHelloPayload"] = schema

    def frames(body):
        beat = {key: body.get(key) for key in ("consumer_id", "worker_name", "heartbeat_interval_seconds")}
        message = {"message_id": str(uuid.uuid4()), "reservation_token": "t"}
        return [
            frame("worker.hello.v1", body),
            frame("worker.heartbeat.v1", beat),
            frame("cleanup.ack.v1", message),
        ]

    return Conversation(reference("WorkerHelloPayload"), frames)


def frame(kind, payload):
    return {"type": kind, "id": str(uuid.uuid4()), "sent_at": moment(), "payload": payload}


def reference(name):
    return {"$ref": f"#/components/schemas/{name}"}


CONVERSATIONS = {
    "WS /events/in": of_events_in,
    "WS /events/out": of_events_out,
    "WS /logs/out": of_logs_out,
    "WS /task_runs/subscriptions/scheduled": of_scheduled_tasks,
    "WS /work_pools/{work_pool_name}/workers/connect": of_worker_channel,
}


def conversation(name, document):
    """None for a WebSocket that a later release adds; the survey lists it as not driven."""
    return CONVERSATIONS[name](document) if name in CONVERSATIONS else None
