"""The real Prefect server in this process, with its background services, and when it has come to rest."""

import asyncio
import json
import time
from collections import Counter
from contextlib import asynccontextmanager, nullcontext
from datetime import datetime, timedelta, timezone

from settings import DATABASE
import record
from database import Database
from record import in_request, recorder
from sockets import Socket

# What never comes to rest is given up after this much work, on a slow machine too.
SETTLE_LIMIT_CPU_S = 1.5
SETTLE_LIMIT_S = 60
MOST_TRIALS = 3


class Server:
    def __init__(self):
        import httpx
        from prefect.server.api.server import create_app

        self.application = create_app(ignore_cache=True)
        self.client = httpx.AsyncClient(
            transport=httpx.ASGITransport(app=self.application, raise_app_exceptions=False), base_url="http://oracle", follow_redirects=True
        )
        self.busy = 0
        self.failed = Counter()

    async def start(self):
        record.watch()
        self.watch_handlers()
        self.lifespan_in, started = asyncio.Queue(), asyncio.Event()

        async def send(message):
            assert message["type"].endswith(".complete"), message
            started.set()

        self.lifespan = asyncio.create_task(
            self.application({"type": "lifespan", "asgi": {"version": "3.0"}, "state": {}}, self.lifespan_in.get, send)
        )
        await self.lifespan_in.put({"type": "lifespan.startup"})
        await started.wait()
        self.database = Database(DATABASE)
        recorder.tables = self.database.tables

    def watch_handlers(self):
        """Counts the messages that a background service is working on."""
        from prefect.server.utilities.messaging import memory

        run = memory.Consumer.run

        async def counted_run(consumer, handler):
            async def counted(message):
                self.busy += 1
                try:
                    return await handler(message)
                except Exception:
                    # Prefect 2 tries for ever what fails, a call out among it; later releases give it up.
                    self.failed[hash(message.data)] += 1
                    if self.failed[hash(message.data)] < MOST_TRIALS:
                        raise
                finally:
                    self.busy -= 1

            return await run(consumer, counted)

        memory.Consumer.run = counted_run
        self.watch_docket()

    def watch_docket(self):
        """Newer releases hand some work to a queue of tasks, docket."""
        self.docket_used = False
        try:
            from docket import Docket
        except ImportError:
            return
        add = Docket.add

        def counted_add(docket, function, *arguments, **named):
            name = function if isinstance(function, str) else function.__name__
            recorder.add(f"schedules:{name}")
            self.docket = docket
            self.docket_used = True
            return add(docket, function, *arguments, **named)

        Docket.add = counted_add

    async def settle(self):
        """Waits for the background work that a request has caused; whether it has come to an end."""
        from prefect.server.utilities.messaging.memory import Topic

        limit, work_limit = time.monotonic() + SETTLE_LIMIT_S, time.process_time() + SETTLE_LIMIT_CPU_S
        quiet = 0
        while quiet < 2 and time.monotonic() < limit and time.process_time() < work_limit:
            queued = any(
                not queue.empty()
                for topic in Topic._topics.values()
                for subscription in topic._subscriptions
                for queue in (subscription._queue, subscription._retry)
            )
            at_work = self.busy > 0 or queued or await self.has_docket_work()
            quiet = 0 if at_work else quiet + 1
            await asyncio.sleep(0.002 if at_work else 0)
        return quiet == 2

    async def has_docket_work(self):
        if not self.docket_used:
            return False
        snapshot = await self.docket.snapshot()
        soon = datetime.now(timezone.utc) + timedelta(seconds=1)
        due = [task for task in snapshot.future if task.when <= soon]
        self.docket_used = bool(due or snapshot.running)
        return self.docket_used

    @asynccontextmanager
    async def exchange(self, route, path, body, query):
        """One request, or one conversation on a WebSocket. Yields what asks for its status and text in the end."""
        if route.conversation is not None:
            async with self.talk(route, path, body) as answer:
                yield answer
            return
        named = {} if body is None else {"content": json.dumps(body), "headers": {"content-type": "application/json"}}
        with settings_of(route):
            response = await self.ask(route.method, path, params=query or {}, **named)

        async def answer():
            return response.status_code, response.text

        yield answer

    @asynccontextmanager
    async def talk(self, route, path, body):
        token = in_request.set(True)
        socket = Socket(self.application, "/api" + route.conversation.path(path, body))
        try:
            await socket.open()
            for frame in route.conversation.opening(body):
                await socket.say(frame)
                # SQLite is locked while the server works on what was said before.
                await socket.let_take()
                await socket.let_hear()
                await self.settle()

            async def answer():
                with recorder.pause():
                    for method, other, wanted in route.conversation.meanwhile:
                        await self.ask(method, other, json=wanted)
                    await self.settle()
                    await socket.let_hear()
                    for frame in route.conversation.answers:
                        await socket.say(frame)
                return socket.status, "\n".join(socket.heard)

            yield answer
        finally:
            in_request.reset(token)
            await socket.leave()

    async def ask(self, method, path, **arguments):
        token = in_request.set(True)
        try:
            return await self.client.request(method, "/api" + path, **arguments)
        finally:
            in_request.reset(token)


def settings_of(route):
    """Some routes answer only where a setting is made that would be in the way of the others."""
    if not route.settings:
        return nullcontext()
    from prefect import settings

    return settings.temporary_settings({getattr(settings, name): value for name, value in route.settings.items()})
