import express from "express";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";

const app = express();
const servers: Record<string, { command: string; args: string[] }> = {
  files: { command: "/opt/mcp/files", args: ["--root", "/srv"] },
};
app.post("/connect", async (req, res) => {
  const server = servers[req.body.name];
  if (!server) return res.status(404).end();
  const client = new Client({ name: "host", version: "1.0.0" });
  await client.connect(new StdioClientTransport(server));
  res.json(await client.listTools());
});
