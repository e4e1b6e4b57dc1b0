"""A host on the official Python SDK 1.x. See ../README.md."""

import asyncio
import json
import sys

from mcp import ClientSession, StdioServerParameters, types
from mcp.client.stdio import stdio_client

AT_ONCE = 8


def plain(model):
    return model.model_dump(mode="json", by_alias=True, exclude_none=True)


async def visit(document):
    parameters = StdioServerParameters(**document["server"])
    async with stdio_client(parameters) as (read, write), ClientSession(read, write) as session:
        answer = {"server": plain(await session.initialize())}
        answer["tools"] = plain(await session.list_tools())
        answer["results"] = [plain(await session.call_tool(**call)) for call in document["calls"]]
        if document.get("everything"):
            await everything(session, document, answer)
        return answer


async def everything(session, document, answer):
    wanted = document["everything"]
    offered = answer["server"]["capabilities"]
    if "resources" in offered:
        listed = await session.list_resources()
        answer["resources"] = plain(listed)
        if listed.resources:
            answer["read"] = plain(await session.read_resource(listed.resources[0].uri))
    if "prompts" in offered:
        answer["prompts"] = plain(await session.list_prompts())
    if wanted["prompt"]:
        answer["prompt"] = plain(await session.get_prompt(wanted["prompt"]))
    await session.send_ping()
    if wanted["slow"]:
        # 1.x tells the server nothing when a call is abandoned, so the host does.
        number = session._request_id
        call = asyncio.create_task(session.call_tool(**wanted["slow"]))
        await asyncio.sleep(0.3)
        call.cancel()
        note = types.CancelledNotification(params=types.CancelledNotificationParams(requestId=number))
        await session.send_notification(types.ClientNotification(note))
        answer["cancelled"] = (await asyncio.gather(call, return_exceptions=True))[0].__class__.__name__
        answer["after"] = plain(await session.call_tool(**document["calls"][0]))


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
