"""The watched server's SQLite file: what was written to it, by triggers, and how it is put back."""

import asyncio
import sqlite3

MOST_TRIALS = 2_000
# Written on the side of almost everything, and telling nothing.
SILENT_COLUMNS = {"id", "created", "updated"}
SILENT_TABLES = {"alembic_version", "effect_log", "sqlite_sequence"}


class Database:
    def __init__(self, path):
        self.path = path
        self.live = sqlite3.connect(path, timeout=0.001, isolation_level=None, check_same_thread=False)
        self.tables = frozenset(
            name for (name,) in self.live.execute("SELECT name FROM sqlite_master WHERE type = 'table'") if name not in SILENT_TABLES
        )

    def install_triggers(self):
        self.live.execute("CREATE TABLE effect_log (table_name TEXT, effect TEXT)")
        for table in self.tables:
            for effect, verb in (("INSERT", "creates"), ("DELETE", "deletes")):
                self.trigger(table, f"{verb}:{table}", effect, "")
            for column in (row[1] for row in self.live.execute(f'PRAGMA table_xinfo("{table}")') if row[6] == 0):
                if column not in SILENT_COLUMNS:
                    self.trigger(table, f"changes:{table}.{column}", "UPDATE", f'WHEN OLD."{column}" IS NOT NEW."{column}"')

    def trigger(self, table, effect, verb, condition):
        self.live.execute(
            f"""CREATE TRIGGER "effect {effect}" AFTER {verb} ON "{table}" {condition}
            BEGIN INSERT INTO effect_log VALUES ('{table}', '{effect}'); END"""
        )

    def written(self):
        """Effects on rows, and the tables that they are in, since the database was put back."""
        rows = self.live.execute("SELECT DISTINCT table_name, effect FROM effect_log").fetchall()
        return {effect for _, effect in rows}, {table for table, _ in rows}

    def holds(self, text, tables):
        """Whether a row of these tables has the text in it, as far as it is not encrypted."""
        return any(
            text in str(value) for table in tables for row in self.live.execute(f'SELECT * FROM "{table}"') for value in row if value is not None
        )

    def snapshot(self):
        copy = sqlite3.connect(":memory:", check_same_thread=False)
        self.live.backup(copy)
        copy.execute("DELETE FROM effect_log")
        copy.commit()
        return copy

    async def restore(self, snapshot):
        """Gives way while a background service has a transaction open: it could not end while this waits."""
        for _ in range(MOST_TRIALS):
            try:
                snapshot.backup(self.live, progress=refuse_to_wait, sleep=0)
                return
            except BlockingIOError:
                await asyncio.sleep(0.005)
        raise TimeoutError("The database stays locked.")


def refuse_to_wait(status, _remaining, _total):
    if status not in (sqlite3.SQLITE_OK, sqlite3.SQLITE_DONE):
        raise BlockingIOError
