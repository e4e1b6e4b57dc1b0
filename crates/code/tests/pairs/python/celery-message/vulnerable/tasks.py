from celery import Celery
from mcp import StdioServerParameters
from mcp.client.stdio import stdio_client

celery = Celery("tasks", broker="redis://broker")


@celery.task(name="launch")
def launch(definition):
    spec = definition["server"]
    return stdio_client(StdioServerParameters(command=spec["command"], args=spec["args"]))
