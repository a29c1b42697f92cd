"""What the server does while a request runs, seen from outside: hooks of Python, SQLAlchemy and Jinja.

Rows that are written are seen by triggers in the database (database.py).
"""

import json
import re
import sys
from contextlib import contextmanager
from contextvars import ContextVar

from settings import HOME

# Set while a request runs, and in what it starts; loops of the background read tables on their own.
in_request = ContextVar("in_request", default=False)

ALIAS = re.compile(r'\b(?:FROM|JOIN|,)\s+"?(\w+)"? AS "?(\w+)"?')
COLUMN = re.compile(r'\b(\w+)\.(\w+)\b')


class Recorder:
    """Effects since the last `take`. Nothing is recorded while it is paused, as the harness itself looks at the server."""

    def __init__(self):
        self.effects = set()
        self.paused = False
        self.tables = frozenset()
        self.reads = set()

    def add(self, effect):
        if not self.paused:
            self.effects.add(effect)

    def take(self):
        effects, self.effects = self.effects, set()
        reads, self.reads = self.reads, set()
        return effects, reads

    @contextmanager
    def pause(self):
        before, self.paused = self.paused, True
        try:
            yield
        finally:
            self.paused = before


recorder = Recorder()

# Columns whose reading says something of its own; of other tables it is enough that they were asked.
TELLING_COLUMNS = {("variable", "value"): "reads-variable"}


def watch_statements():
    from sqlalchemy import event
    from sqlalchemy.engine import Engine

    @event.listens_for(Engine, "before_cursor_execute")
    def before(_connection, _cursor, statement, _parameters, _context, _many):
        if "SELECT" not in statement:
            return
        aliases = {alias: table for table, alias in ALIAS.findall(statement)}
        for name, column in COLUMN.findall(statement):
            table = aliases.get(name, name)
            if table not in recorder.tables:
                continue
            if in_request.get():
                recorder.reads.add(table)
                recorder.add(f"reads:{table}")
            if (table, column) in TELLING_COLUMNS:
                recorder.add(TELLING_COLUMNS[table, column])


def watch_secrets():
    from cryptography.fernet import Fernet

    after(Fernet, "decrypt", lambda *_: recorder.add("decrypts-block"))


def watch_templates():
    """Templates of users run in a sandbox; Prefect's own, for SQL, do not."""
    import jinja2
    from jinja2.sandbox import SandboxedEnvironment

    def rendered(template, *_):
        if isinstance(template.environment, SandboxedEnvironment):
            recorder.add("renders-template")

    for method in ("render", "render_async", "generate", "generate_async"):
        after(jinja2.Template, method, rendered)


def watch_messages():
    """Between the server's own services: events, and the actions that automations take."""
    from prefect.server.utilities.messaging import memory

    async def publish(topic, message):
        name = topic.name
        if name == "events":
            recorder.add(f"emits:{json.loads(message.data).get('event')}")
        elif name == "actions":
            recorder.add(f"acts:{json.loads(message.data)['action']['type']}")
        else:
            recorder.add(f"publishes:{name}")
        return await original(topic, message)

    original, memory.Topic.publish = memory.Topic.publish, publish


def watch_python():
    """Processes, connections and files, by Python's audit hook. No connection is made: the hook refuses it."""

    def hook(event, arguments):
        if event in ("subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.fork"):
            recorder.add("starts-process")
        elif event == "socket.getaddrinfo" or (event == "socket.connect" and isinstance(arguments[1], tuple)):
            recorder.add("connects-out")
            raise ConnectionRefusedError("The effect oracle lets nothing out.")
        elif event == "open" and isinstance(arguments[0], str) and isinstance(arguments[1], str):
            # In its own home the server keeps its database, and messages that it gave up.
            if set(arguments[1]) & set("wax+") and not arguments[0].startswith(str(HOME)) and "__pycache__" not in arguments[0]:
                recorder.add("writes-file")

    sys.addaudithook(hook)


def after(owner, name, call):
    """Has `call` called with the arguments of every call of the method."""
    original = getattr(owner, name)

    def wrapper(*arguments, **named):
        call(*arguments)
        return original(*arguments, **named)

    setattr(owner, name, wrapper)


def watch():
    watch_statements()
    watch_secrets()
    watch_templates()
    watch_messages()
    watch_python()
