"""What others see after a write: plain reads, and what the next worker, the next block and the next event bring about."""

from drive import ASIDE_TABLES, revealed
from record import recorder
from seeds import SECRET, VARIABLE, event
from workers import workers_view

BLOCK_TABLES = {"block_document", "block_schema", "block_schema_reference", "block_document_reference", "block_type"}


class Afterwards:
    def __init__(self, driver, seeds):
        self.driver = driver
        self.server = driver.server
        self.seeds = seeds
        self.readers = []
        tables = self.server.database.tables
        self.holders = {
            name: {table for table in tables if self.server.database.holds(text, {table})}
            for name, text in (("secret", SECRET), ("variable", VARIABLE))
        }

    async def look(self, outcome):
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
        if tables & {"automation"}:
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

    async def next_event(self):
        """What an automation does of its own when its event comes."""
        recorder.take()
        _, before = self.server.database.written()
        await self.ask("POST", "/events", [event()])
        await self.server.settle()
        effects, _ = recorder.take()
        return {f"automation-{effect}" for effect in effects if not effect.startswith(("reads:", "emits:"))}
