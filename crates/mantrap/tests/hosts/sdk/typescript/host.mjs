// A host on the official TypeScript SDK: `host.mjs 1`, `host.mjs 2 legacy` or `host.mjs 2 auto`. See ../README.md.

import { createInterface } from "node:readline";

const AT_ONCE = 8;
const [major, mode] = process.argv.slice(2);
const [{ Client }, { StdioClientTransport }] = await Promise.all(
  major === "1"
    ? [import("@modelcontextprotocol/sdk/client/index.js"), import("@modelcontextprotocol/sdk/client/stdio.js")]
    : [import("@modelcontextprotocol/client"), import("@modelcontextprotocol/client/stdio")],
);

async function visit(document) {
  const options = major === "1" ? {} : { versionNegotiation: { mode } };
  const client = new Client({ name: "host", version: "1.0.0" }, options);
  try {
    await client.connect(new StdioClientTransport(document.server));
    const answer = { server: client.getServerVersion(), offers: client.getServerCapabilities() };
    answer.tools = await client.listTools();
    answer.results = [];
    for (const call of document.calls) answer.results.push(await client.callTool(call));
    if (document.everything) await everything(client, document, answer);
    return answer;
  } finally {
    await client.close();
  }
}

async function everything(client, document, answer) {
  const { prompt, slow } = document.everything;
  if (answer.offers.resources) {
    answer.resources = await client.listResources();
    const [first] = answer.resources.resources;
    if (first) answer.read = await client.readResource({ uri: first.uri });
  }
  if (answer.offers.prompts) answer.prompts = await client.listPrompts();
  if (prompt) answer.prompt = await client.getPrompt({ name: prompt });
  const modern = (client.getNegotiatedProtocolVersion?.() ?? "") >= "2026"; // which has no ping
  if (!modern) await client.ping();
  if (slow) {
    const signal = AbortSignal.timeout(300);
    const call = major === "1" ? client.callTool(slow, undefined, { signal }) : client.callTool(slow, { signal });
    answer.cancelled = await call.then(() => "it ended", (error) => error.constructor.name);
    answer.after = await client.callTool(document.calls[0]);
  }
}

async function answer(document) {
  let clock;
  const late = new Promise((_, reject) => {
    clock = setTimeout(() => reject(new Error("out of patience")), document.patience * 1000);
  });
  const said = await Promise.race([visit(document), late]).catch((error) => ({ failed: String(error) }));
  clearTimeout(clock);
  return said;
}

const documents = [];
for await (const line of createInterface({ input: process.stdin })) documents.push(JSON.parse(line));
const answers = [];
let [next, said] = [0, 0];
async function work() {
  while (next < documents.length) {
    const number = next++;
    answers[number] = await answer(documents[number]);
    for (; answers[said]; said++) process.stdout.write(`${JSON.stringify(answers[said])}\n`);
  }
}
await Promise.all(Array.from({ length: AT_ONCE }, work));
process.exit(0); // whatever a failed visit left open
