"""Sends one request, waits for what it causes, and says what it did."""

import json
from dataclasses import dataclass, field

from record import recorder
from seeds import CANARIES

# Written beside almost everything: the log of events, and what automations remember of it.
ASIDE_TABLES = {"events", "event_resources", "automation_bucket", "automation_event_follower", "automation_related_resource"}
MOST_TRIALS = 5


@dataclass
class Outcome:
    status: int
    effects: set
    tables: set
    reads: set
    text: str
    is_settled: bool
    view: dict = field(default_factory=dict)

    @property
    def is_driven(self):
        return 200 <= self.status < 300 and self.is_settled


class Driver:
    def __init__(self, server, snapshot):
        self.server = server
        self.snapshot = snapshot
        self.sent = 0
        self.is_clean = False

    async def request(self, route, path, body=None, query=None, look=None):
        """@param look: what is asked of the server after a write, called with the outcome, before the database is put back"""
        for _ in range(MOST_TRIALS):
            await self.put_back()
            outcome = await self.once(route, path, body, query)
            self.is_clean = not outcome.tables
            # SQLite was locked by the background work of the request itself.
            if outcome.status != 503:
                break
        if look is not None and (outcome.tables or "reads-variable" in outcome.effects):
            await look(outcome)
            self.is_clean = False
        return outcome

    async def start_from(self, snapshot):
        self.snapshot, self.is_clean = snapshot, False
        await self.put_back()

    async def put_back(self):
        if not self.is_clean:
            await self.server.database.restore(self.snapshot)

    async def once(self, route, path, body, query):
        recorder.take()
        self.sent += 1
        named = {} if body is None else {"content": json.dumps(body), "headers": {"content-type": "application/json"}}
        response = await self.server.ask(route.method, path, params=query or {}, **named)
        is_settled = await self.server.settle()
        effects, reads = recorder.take()
        written, tables = self.server.database.written()
        return Outcome(response.status_code, effects | written | revealed(response.text), tables, reads, response.text, is_settled)


def revealed(text):
    return {effect for canary, effect in CANARIES.items() if canary in text}
