"""Sends one request, waits for what it causes, and says what it did."""

from dataclasses import dataclass, field

import memory
from record import recorder
from seeds import CANARIES

# Written beside almost everything: the log of events, and what automations remember of it.
ASIDE_TABLES = {"events", "event_resources", "automation_bucket", "automation_event_follower", "automation_related_resource"}
MOST_TRIALS = 5
# What a worker's channel says of it.
LOCKED = "heartbeat_persistence_failed"


@dataclass
class Outcome:
    status: int
    effects: set
    tables: set
    reads: set
    text: str
    is_settled: bool
    body: object = None
    view: dict = field(default_factory=dict)

    @property
    def is_driven(self):
        return 200 <= self.status < 300 and self.is_settled


class Driver:
    def __init__(self, server, snapshot):
        self.server = server
        self.snapshot = snapshot
        self.memory = memory.keep()
        self.sent = 0
        self.is_clean = False

    async def request(self, route, path, body=None, query=None, look=None):
        """@param look: what is asked of the server after a write, called with the route and the outcome, before the database is put back"""
        for _ in range(MOST_TRIALS):
            await self.put_back()
            outcome = await self.once(route, path, body, query)
            self.is_clean = not outcome.tables and route.method != "WS"
            # SQLite was locked by the background work of the request itself.
            if outcome.status != 503 and LOCKED not in outcome.text:
                break
        if look is not None and (outcome.tables or "reads-variable" in outcome.effects):
            await look(route, outcome)
            self.is_clean = False
        return outcome

    async def start_from(self, snapshot):
        """@param snapshot: of the database; what is in memory belongs to it"""
        self.snapshot, self.memory, self.is_clean = snapshot, memory.keep(), False
        await self.put_back()

    async def put_back(self):
        """Memory first: an automation that is left in it would go on acting."""
        if not self.is_clean:
            memory.put_back(self.memory)
            await self.server.settle()
            await self.server.database.restore(self.snapshot)

    async def once(self, route, path, body, query):
        recorder.take()
        self.sent += 1
        async with self.server.exchange(route, path, body, query) as answer:
            is_settled = await self.server.settle()
            effects, reads = recorder.take()
            written, tables = self.server.database.written()
            status, text = await answer()
        return Outcome(status, effects | written | revealed(text), tables, reads, text, is_settled, body)


def revealed(text):
    return {effect for canary, effect in CANARIES.items() if canary in text}
