"""Opens every kind of connection that a Prefect client has, with the settings it finds, and prints as JSON what became of each."""

import asyncio
import json
import logging
from importlib import import_module
from importlib.util import find_spec

import prefect
from prefect.client.orchestration import get_client
from prefect.client.schemas import TaskRun
from prefect.client.subscriptions import Subscription
from prefect.events import Event
from prefect.events.clients import PrefectEventsClient, PrefectEventSubscriber
from prefect.settings import PREFECT_API_URL

API_URL = PREFECT_API_URL.value()


async def http() -> None:
    async with get_client() as client:
        await client.read_flow_runs(limit=1)


async def events_in() -> None:
    async with PrefectEventsClient(API_URL, reconnection_attempts=0) as client:
        await client.emit(Event(event="knock", resource={"prefect.resource.id": "knock"}))


async def events_out() -> None:
    subscriber = PrefectEventSubscriber(API_URL, reconnection_attempts=0)
    # Prefect 2.20 reads it and forgets to set it.
    subscriber._api_key = getattr(subscriber, "_api_key", None)
    async with subscriber:
        pass


async def logs_out() -> None:
    clients = import_module("prefect.logging.clients")
    async with clients.PrefectLogsSubscriber(API_URL, reconnection_attempts=0):
        pass


async def scheduled_task_runs() -> None:
    base_url = {"base_url": API_URL} if prefect.__version__.startswith("3.") else {}
    path = "/task_runs/subscriptions/scheduled"
    await Subscription(TaskRun, path, keys=["knock"], client_id="knock", **base_url)._ensure_connected()


async def worker_channel() -> None:
    channel = import_module("prefect.workers._worker_channel._transport")
    transport = channel.WorkerChannelTransport(api_url=API_URL, work_pool_name="knock", logger=logging.getLogger("knock"))

    async def handshake(websocket: object) -> None:
        pass

    await transport.connect_once(handshake)


def has(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except ImportError:  # Prefect 3.4's workers need a package that not every installation brings
        return False


async def outcome_of(open_connection) -> str:
    try:
        await asyncio.wait_for(open_connection(), timeout=20)
        return "open"
    except Exception as error:
        return f"{type(error).__name__}: {error}"


async def main() -> None:
    connections = {
        "HTTP": http,
        "/events/in": events_in,
        "/events/out": events_out,
        "/task_runs/subscriptions/scheduled": scheduled_task_runs,
    }
    if has("prefect.logging.clients"):
        connections["/logs/out"] = logs_out
    if has("prefect.workers._worker_channel"):
        connections["/work_pools/.../workers/connect"] = worker_channel
    print(json.dumps({name: await outcome_of(connect) for name, connect in connections.items()}))


if __name__ == "__main__":
    asyncio.run(main())
