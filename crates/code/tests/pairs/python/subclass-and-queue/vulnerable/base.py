import asyncio


class Worker:
    def __init__(self):
        self.queue = asyncio.Queue()

    async def run(self):
        while True:
            item = await self.queue.get()
            await self.handle(item)

    async def handle(self, item):
        raise NotImplementedError
