from quart import Quart, request

from stdio_worker import StdioWorker

app = Quart(__name__)
worker = StdioWorker()


@app.post("/jobs")
async def jobs():
    body = await request.get_json()
    await worker.queue.put(body)
    return {"queued": True}
