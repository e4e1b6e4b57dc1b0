import { Server } from "@modelcontextprotocol/sdk/server/index.js";
import { CallToolRequestSchema } from "@modelcontextprotocol/sdk/types.js";
import fs from "node:fs/promises";
import path from "node:path";

const ROOT = "/srv/files";
const server = new Server({ name: "files", version: "1.0.0" }, { capabilities: { tools: {} } });

async function inside(name: string): Promise<string> {
  const target = await fs.realpath(path.resolve(ROOT, name));
  if (target !== ROOT && !target.startsWith(ROOT + path.sep)) {
    throw new Error("outside");
  }
  return target;
}

server.setRequestHandler(CallToolRequestSchema, async (request) => {
  const { name, arguments: args } = request.params;
  switch (name) {
    case "read": {
      const target = await inside(String(args?.path));
      return { content: [{ type: "text", text: await fs.readFile(target, "utf-8") }] };
    }
    default:
      throw new Error("no such tool");
  }
});
