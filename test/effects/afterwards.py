"""What others see after a write: plain reads, and what the next worker, the next block and the next event bring about."""

import asyncio
import json

import memory
from drive import ASIDE_TABLES, revealed
from record import recorder
from sample_events import event, related_resources
from seeds import SECRET, VARIABLE
from workers import workers_view

# What the server does beside every action.
ASIDE = ("reads", "emits", "schedules", "publishes")
# Of 5 ms each.
MOST_TRIALS = 20
BLOCK_TABLES = {"block_document", "block_schema", "block_schema_reference", "block_document_reference", "block_type"}


class Afterwards:
    def __init__(self, driver, seeds):
        self.driver = driver
        self.server = driver.server
        self.seeds = seeds
        self.readers = []
        self.acted = set()
        tables = self.server.database.tables
        self.holders = {
            name: {table for table in tables if self.server.database.holds(text, {table})}
            for name, text in (("secret", SECRET), ("variable", VARIABLE))
        }

    async def look(self, route, outcome):
        """Adds to the outcome's effects what came to light, each marked with how."""
        tables = outcome.tables - ASIDE_TABLES
        # Before the harness itself polls or makes anything.
        outcome.view = workers_view(self.server.database, self.seeds.known["flow_run_id"])
        with recorder.pause():
            copied = self.copied(outcome.tables)
            outcome.effects |= copied
            if tables & BLOCK_TABLES or copied:
                outcome.effects |= await self.plain_reads(outcome.tables)
            if tables & {"block_schema"}:
                outcome.effects |= await self.next_block()
        if tables & {"automation"} and self.is_first(route, outcome.body):
            outcome.effects |= await self.next_event()
        with recorder.pause():
            await self.server.settle()

    def copied(self, tables):
        """A variable's or block's canary in clear where it did not belong."""
        return {
            f"copies-{name}"
            for name, text in (("secret", SECRET), ("variable", VARIABLE))
            if self.server.database.holds(text, tables - self.holders[name])
        }

    async def ask(self, method, path, body=None, query=None):
        named = {} if body is None else {"json": body}
        return await self.server.ask(method, path, params=query or {}, **named)

    async def plain_reads(self, tables):
        found = set()
        for method, path, body, query, reads in self.readers:
            if reads & tables:
                response = await self.ask(method, path, body, query)
                found |= {f"{effect}-later" for effect in revealed(response.text)}
        return found

    async def next_block(self):
        """Somebody saves a block with the newest schema of its type, as `Block.save` does, and others read it."""
        block_type = self.seeds.known["block_type_id"][0]
        schemas = await self.ask("POST", "/block_schemas/filter", {"block_schemas": {"block_type_id": {"any_": [block_type]}}})
        if not schemas.json():
            return set()
        newest = schemas.json()[0]["id"]
        data = {"token": SECRET, "inner": {"token": SECRET}}
        body = {"name": "next-vault", "data": data, "block_type_id": block_type, "block_schema_id": newest}
        answer = await self.ask("POST", "/block_documents/", body)
        if answer.status_code != 201:
            return set()
        later = await self.ask("GET", f"/block_documents/{answer.json()['id']}")
        return {f"{effect}-of-next-block" for effect in revealed(later.text)}

    def is_first(self, route, body):
        """Whether these actions are the first such of the route; they do the same whatever they wait for."""
        actions = [body[key] for key in sorted(body) if key.startswith("actions")] if isinstance(body, dict) else []
        key = f"{route.name} {json.dumps(actions)}" if actions else None
        is_first = key not in self.acted
        self.acted.add(key)
        return is_first or key is None

    async def let_load(self):
        """Some releases hear of a changed automation after the answer."""
        for _ in range(MOST_TRIALS):
            if memory.holds_other_automations(self.driver.memory):
                return
            await asyncio.sleep(0.005)

    async def next_event(self):
        """What an automation does of its own when its event comes."""
        await self.let_load()
        recorder.take()
        await self.ask("POST", "/events", [event(related=related_resources(self.seeds.known))])
        await self.server.settle()
        effects, _ = recorder.take()
        _, written = self.server.database.written()
        with recorder.pause():
            effects |= self.copied(written)
        return {f"automation-{effect}" for effect in effects if effect.split(":")[0] not in ASIDE}
