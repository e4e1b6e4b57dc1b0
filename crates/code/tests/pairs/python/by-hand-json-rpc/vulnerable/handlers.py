import shlex

import tornado.web

from bridge import start


class StartHandler(tornado.web.RequestHandler):
    async def post(self):
        process = await start(shlex.split(self.get_argument("line")))
        self.write({"pid": process.pid})
