"""A host on the official Python SDK 2.x. See ../README.md."""

import asyncio
import json
import sys

from mcp import Client, StdioServerParameters

AT_ONCE = 8


def plain(model):
    return model.model_dump(mode="json", by_alias=True, exclude_none=True)


async def visit(document):
    async with Client(StdioServerParameters(**document["server"]), cache=None) as client:
        answer = {"version": client.protocol_version, "offers": plain(client.server_capabilities)}
        answer["server"] = plain(client.server_info) if client.server_info else None
        answer["tools"] = plain(await client.list_tools())
        answer["results"] = [plain(await client.call_tool(**call)) for call in document["calls"]]
        if document.get("everything"):
            await everything(client, document, answer)
        return answer


async def everything(client, document, answer):
    wanted = document["everything"]
    if "resources" in answer["offers"]:
        listed = await client.list_resources()
        answer["resources"] = plain(listed)
        if listed.resources:
            answer["read"] = plain(await client.read_resource(listed.resources[0].uri))
    if "prompts" in answer["offers"]:
        answer["prompts"] = plain(await client.list_prompts())
    if wanted["prompt"]:
        answer["prompt"] = plain(await client.get_prompt(wanted["prompt"]))
    legacy = answer["version"] < "2026"  # the modern era has no ping
    if legacy:
        await client.send_ping()
    if wanted["slow"]:
        call = asyncio.create_task(client.call_tool(**wanted["slow"]))
        await asyncio.sleep(0.3)
        call.cancel()
        answer["cancelled"] = (await asyncio.gather(call, return_exceptions=True))[0].__class__.__name__
        answer["after"] = plain(await client.call_tool(**document["calls"][0]))


def words(error):
    """What an error says, and those that it groups."""
    inner = [words(one) for one in getattr(error, "exceptions", [])]
    return "; ".join(inner) or f"{type(error).__name__}: {error}"


async def answer(document, turn):
    async with turn:
        try:
            return await asyncio.wait_for(visit(document), document["patience"])
        except BaseException as error:  # a group of them, or a cancellation: each is an answer too
            return {"failed": words(error)}


async def main():
    turn = asyncio.Semaphore(AT_ONCE)
    visits = [asyncio.create_task(answer(json.loads(line), turn)) for line in sys.stdin]
    for visited in visits:
        print(json.dumps(await visited), flush=True)


asyncio.run(main())
