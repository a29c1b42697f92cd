"""An automation, the blocks that automations call with, a block that results may be kept in, and events."""

from uuid import UUID

from sample_events import event, trigger

UNREACHABLE = "http://oracle.example/"
SECRET = "canary-secret-4f1c"


async def seed_automations(seeds):
    body = {"name": "seeded-automation", "trigger": trigger("oracle.never"), "actions": [{"type": "do-nothing"}]}
    await seeds.make("/automations/", "automation", body)
    await seed_calling_blocks(seeds)
    for name in ("oracle.seeded", "oracle.seeded-too"):
        await seeds.make("/events", "event", [event(name)])
    page = await seeds.make("/events/filter", "page", {"limit": 1})
    seeds.know("page_token", page["next_page"].split("page-token=")[1])


async def seed_calling_blocks(seeds):
    """Prefect's own classes of blocks, as the server loads them to call."""
    from prefect.blocks.notifications import CustomWebhookNotificationBlock
    from prefect.blocks.webhook import Webhook
    from prefect.filesystems import LocalFileSystem

    webhook = {"method": "POST", "url": f"{UNREACHABLE}{SECRET}", "headers": {}}
    await seed_block(seeds, Webhook, "webhook", webhook)
    notification = {"name": "n", "url": UNREACHABLE, "method": "POST", "secrets": {"token": SECRET}, "json_data": {"text": "{{body}}"}}
    await seed_block(seeds, CustomWebhookNotificationBlock, "notification", notification)
    schema = await seed_schema(seeds, LocalFileSystem, "storage")
    for name in ("storage", "other-storage"):
        await seed_document(seeds, schema, "storage", name, {"basepath": "/seeded"})
    for storage in seeds.known["storage_id"]:
        seeds.know("block_document_id", storage)
    default = {"default_result_storage_block_id": seeds.known["storage_id"][1]}
    await seeds.make("/admin/storage", "default", default, method="PUT", optional=True)


async def seed_block(seeds, block, kind, data):
    await seed_document(seeds, await seed_schema(seeds, block, kind), kind, kind, data)


async def seed_schema(seeds, block, kind):
    slug = block.get_block_type_slug()
    block_type = await seeds.make("/block_types/", f"{kind}_type", {"name": slug, "slug": slug})
    schema = block._to_block_schema(block_type_id=UUID(block_type["id"]))
    body = {"fields": schema.fields, "block_type_id": block_type["id"], "capabilities": list(schema.capabilities)}
    return await seeds.make("/block_schemas/", f"{kind}_schema", body)


async def seed_document(seeds, schema, kind, name, data):
    body = {"name": name, "data": data, "block_type_id": schema["block_type_id"], "block_schema_id": schema["id"]}
    await seeds.make("/block_documents/", kind, body)
