import json

from mcp import StdioServerParameters
from mcp.client.stdio import stdio_client
from openai import OpenAI

client = OpenAI()


def connect(goal):
    answer = client.chat.completions.create(model="m", messages=[{"role": "user", "content": goal}])
    plan = json.loads(answer.choices[0].message.content)
    parameters = StdioServerParameters(command="/opt/mcp/plan", args=["--steps", str(len(plan))])
    return stdio_client(parameters)
