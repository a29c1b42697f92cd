"""A WebSocket of the server in this process, opened as Prefect's own clients open it."""

import asyncio
import json
import time

# Until a server that was told that the client has gone has gone as well; some look for it once a second.
GRACE_S = 0.02
TAKE_LIMIT_S = 60
# Of 5 ms each.
QUIET_TURNS = 4


class Socket:
    def __init__(self, application, path):
        self.scope = {
            "type": "websocket", "asgi": {"version": "3.0", "spec_version": "2.3"}, "http_version": "1.1", "scheme": "ws",
            "path": path, "raw_path": path.encode(), "query_string": b"", "root_path": "", "state": {}, "subprotocols": ["prefect"],
            "headers": [(b"host", b"oracle"), (b"sec-websocket-protocol", b"prefect")], "client": ("127.0.0.1", 1), "server": ("oracle", 80),
        }  # fmt: skip
        self.application = application
        self.said = asyncio.Queue()
        self.heard = []
        self.is_open = asyncio.Event()
        self.closed_with = None

    async def open(self):
        self.task = asyncio.create_task(self.run())
        await self.said.put({"type": "websocket.connect"})
        await self.is_open.wait()

    async def run(self):
        try:
            await self.application(self.scope, self.said.get, self.receive)
        except Exception:
            self.closed_with = self.closed_with or 1011
        finally:
            self.is_open.set()

    async def receive(self, message):
        if message["type"] == "websocket.send":
            self.heard.append(message.get("text") or (message.get("bytes") or b"").decode())
        elif message["type"] != "websocket.accept":
            self.closed_with = message.get("code") or message.get("status") or 1000
            self.heard.append(message.get("reason") or "")
            self.said.put_nowait({"type": "websocket.disconnect", "code": self.closed_with})
        self.is_open.set()

    async def say(self, frame):
        await self.said.put({"type": "websocket.receive", "text": json.dumps(frame)})

    async def let_take(self):
        limit = time.monotonic() + TAKE_LIMIT_S
        while not self.said.empty() and not self.task.done() and time.monotonic() < limit:
            await asyncio.sleep(0)

    async def let_hear(self):
        """Until the server says no more for a while."""
        heard, quiet = len(self.heard), 0
        while quiet < QUIET_TURNS and not self.task.done():
            quiet, heard = quiet + 1 if len(self.heard) == heard else 0, len(self.heard)
            await asyncio.sleep(0.005)

    async def leave(self):
        """As a client does; what the server has not noticed after a while it is not waited for."""
        await self.said.put({"type": "websocket.disconnect", "code": 1000})
        await asyncio.wait([self.task], timeout=GRACE_S)
        if not self.task.done():
            self.task.cancel()
            await asyncio.wait([self.task], timeout=1)

    @property
    def status(self):
        """As of a route that is asked by HTTP: success unless the server ended it."""
        return 200 if self.closed_with in (None, 1000) else self.closed_with
