// The suites speak HTTP, and what is tested speaks stdio: this stands between them, with and without mantrap. It knows as
// much of the protocol as HTTP needs: sessions of the handshake era, headers of the later one, which stream a message belongs to.
//
//   node bridge.mjs serve COMMAND...    each session over HTTP is a process that speaks on its standard streams
//   node bridge.mjs connect SOCKET      who connects to that Unix socket says an address in the first line, and then messages
//
// The first line that it prints says that it listens, and where. It ends when its input does.

import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import http from "node:http";
import net from "node:net";
import { createInterface } from "node:readline";

const MODERN = "2026-07-28";
const LEGACY = ["2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25"];
const VERSION = "io.modelcontextprotocol/protocolVersion";
const SUBSCRIPTION = "io.modelcontextprotocol/subscriptionId";

const [mode, ...words] = process.argv.slice(2);
process.stdin.on("end", () => process.exit(0)).resume();
({ serve, connect })[mode](words);

// ---- a server of stdio, over HTTP ----

function serve(command) {
  const sessions = new Map();
  let shared;
  const listener = http.createServer((request, response) => {
    const refuse = (status, code, message, id = null) => reply(response, status, failure(id, code, message));
    const local = (name) => /^(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/.test(name);
    const { host = "", origin, "mcp-session-id": wanted, "mcp-protocol-version": version } = request.headers;
    if (!local(host) || (origin !== undefined && !local(origin.replace(/^https?:\/\//, "")))) {
      return refuse(403, -32000, "not from here");
    }
    if (request.method === "GET" || request.method === "DELETE") {
      const session = sessions.get(wanted);
      if (version === MODERN) return refuse(405, -32000, "only POST");
      if (wanted === undefined) return refuse(400, -32000, "no session");
      if (session === undefined) return refuse(404, -32001, "no such session");
      if (request.method === "GET") return session.listen(response);
      sessions.delete(wanted);
      session.end();
      return response.writeHead(200).end();
    }
    if (request.method !== "POST") return refuse(405, -32000, "only POST");
    body(request).then((text) => {
      let message;
      try {
        message = JSON.parse(text);
      } catch {
        return refuse(400, -32700, "no JSON");
      }
      const { id = null, method, params } = message;
      const said = params?._meta?.[VERSION];
      if (said !== undefined || (version !== undefined && !LEGACY.includes(version))) {
        const wrong = mismatch(request.headers, message, said);
        if (wrong !== undefined) return refuse(400, -32020, wrong, id);
        shared ??= new Process(command, true);
        return shared.post(message, response);
      }
      let session = sessions.get(wanted);
      if (method === "initialize") {
        const name = randomUUID();
        session = new Process(command, false);
        sessions.set(name, session);
        response.setHeader("Mcp-Session-Id", name);
      } else if (wanted === undefined) {
        return refuse(400, -32000, "no session", id);
      } else if (session === undefined) {
        return refuse(404, -32001, "no such session", id);
      }
      session.post(message, response);
    });
  });
  listener.listen(0, "127.0.0.1", () => console.log(`http://127.0.0.1:${listener.address().port}/mcp`));
}

// Why the headers of the later era do not say what the body does; nothing if they do.
function mismatch(headers, { method, params }, said) {
  const version = headers["mcp-protocol-version"];
  if (version === undefined || (said !== undefined && version !== said)) return "MCP-Protocol-Version";
  if (headers["mcp-method"]?.trim() !== method) return "Mcp-Method";
  const name = { "tools/call": params?.name, "prompts/get": params?.name, "resources/read": params?.uri }[method];
  if (name === undefined) return undefined;
  return decoded(headers["mcp-name"]?.trim() ?? "") === name ? undefined : "Mcp-Name";
}

function decoded(value) {
  const coded = /^=\?base64\?(.*)\?=$/.exec(value)?.[1];
  return coded === undefined ? value : Buffer.from(coded, "base64").toString();
}

// A process with its own ids where many clients share it.
class Process {
  constructor(command, isShared) {
    this.isShared = isShared;
    this.waiting = new Map();
    this.last = 0;
    this.child = spawn(command[0], command.slice(1), { stdio: ["pipe", "pipe", "inherit"] });
    this.child.stdin.on("error", () => {});
    createInterface({ input: this.child.stdout }).on("line", (line) => this.take(JSON.parse(line)));
    this.child.on("close", () => {
      for (const [id, asked] of this.waiting) this.answer(asked, failure(id, -32000, "the server is gone"));
    });
  }

  post(message, response) {
    const { id, method, params } = message;
    if (id === undefined || method === undefined) {
      this.send(message);
      return void response.writeHead(202).end();
    }
    const asked = { id, method, response, token: params?._meta?.progressToken };
    const own = this.isShared ? ++this.last : id;
    if (this.isShared) {
      message.id = own;
      if (asked.token !== undefined) params._meta.progressToken = own;
    }
    this.waiting.set(own, asked);
    // In the later era nobody listening means that nobody wants it; before, nothing.
    response.on("close", () => {
      if (this.isShared && this.waiting.delete(own)) {
        this.send({ jsonrpc: "2.0", method: "notifications/cancelled", params: { requestId: own } });
      }
    });
    this.send(message);
  }

  send(message) {
    this.child.stdin.write(`${JSON.stringify(message)}\n`);
  }

  take(message) {
    const { id, method, params, result } = message;
    if (method === undefined) {
      const asked = this.waiting.get(id);
      if (asked === undefined) return;
      this.waiting.delete(id);
      message.id = asked.id;
      if (result?._meta?.[SUBSCRIPTION] === id) result._meta[SUBSCRIPTION] = asked.id;
      return this.answer(asked, message);
    }
    const subscription = this.waiting.get(params?._meta?.[SUBSCRIPTION]);
    if (subscription !== undefined) {
      params._meta[SUBSCRIPTION] = subscription.id;
      return this.stream(subscription, message);
    }
    const all = [...this.waiting.values()];
    const token = params?.progressToken;
    const asked = this.isShared && token !== undefined ? this.waiting.get(token) : all.find((one) => token !== undefined && one.token === token);
    if (asked !== undefined) {
      params.progressToken = asked.token;
      return this.stream(asked, message);
    }
    const latest = all.filter((one) => one.method !== "subscriptions/listen").pop();
    if (latest !== undefined) this.stream(latest, message);
    else this.listener?.write(event(message));
  }

  stream({ response }, message) {
    if (!response.headersSent) response.writeHead(200, { "Content-Type": "text/event-stream" });
    response.write(event(message));
  }

  answer({ response }, message) {
    if (response.headersSent) return void response.end(event(message));
    const status = { [-32601]: 404, [-32020]: 400, [-32021]: 400, [-32022]: 400, [-32602]: 400 }[message.error?.code];
    reply(response, (this.isShared && status) || 200, message);
  }

  listen(response) {
    response.writeHead(200, { "Content-Type": "text/event-stream" }).flushHeaders();
    this.listener = response;
  }

  end() {
    this.child.stdin.end();
    this.listener?.end();
  }
}

// ---- a server of HTTP, over a socket ----

function connect([path]) {
  const listener = net.createServer((socket) => {
    let peer;
    const lines = createInterface({ input: socket });
    lines.on("line", (line) => {
      if (peer === undefined) peer = new Peer(line, socket);
      else peer.send(JSON.parse(line));
    });
    lines.on("error", () => socket.destroy());
    socket.on("close", () => peer?.end());
  });
  listener.listen(path, () => console.log(path));
}

class Peer {
  constructor(address, socket) {
    Object.assign(this, { address, socket, session: undefined, version: undefined, gone: new AbortController() });
    this.ready = Promise.resolve();
  }

  write(message) {
    if (!this.socket.destroyed) this.socket.write(`${JSON.stringify(message)}\n`);
  }

  headers() {
    // A connection that is kept is one that the suite waits for at the end of each scenario.
    const headers = { Accept: "application/json, text/event-stream", Connection: "close" };
    if (this.session !== undefined) headers["Mcp-Session-Id"] = this.session;
    if (this.version !== undefined) headers["MCP-Protocol-Version"] = this.version;
    return headers;
  }

  // A handshake is over before anything else begins: what follows needs its session and its stream.
  send(message) {
    const sent = this.ready.then(() => this.post(message));
    if (message.method === "initialize" || message.method === "notifications/initialized") this.ready = sent;
  }

  async post(message) {
    const { id, method, params } = message;
    const headers = { ...this.headers(), "Content-Type": "application/json" };
    const said = params?._meta?.[VERSION];
    if (said !== undefined) {
      Object.assign(headers, { "MCP-Protocol-Version": said, "Mcp-Method": method });
      const name = { "tools/call": params.name, "prompts/get": params.name, "resources/read": params.uri }[method];
      if (name !== undefined) headers["Mcp-Name"] = /^[\x21-\x7e]+$/.test(name) ? name : coded(name);
    }
    try {
      const signal = this.gone.signal;
      const response = await fetch(this.address, { method: "POST", headers, body: JSON.stringify(message), signal });
      this.session = response.headers.get("mcp-session-id") ?? this.session;
      if (response.headers.get("content-type")?.startsWith("text/event-stream")) {
        await this.events(response, id);
      } else {
        const text = await response.text();
        if (text !== "" && response.status !== 202) this.take(JSON.parse(text));
        else if (id !== undefined && method !== undefined) this.write(failure(id, -32000, `HTTP ${response.status}`));
      }
      if (method === "notifications/initialized") await this.listen();
    } catch (error) {
      if (id !== undefined && method !== undefined) this.write(failure(id, -32000, String(error)));
    }
  }

  take(message) {
    this.version ??= message.result?.protocolVersion;
    this.write(message);
  }

  async listen() {
    const headers = { ...this.headers(), Accept: "text/event-stream" };
    const response = await fetch(this.address, { headers, signal: this.gone.signal }).catch(() => undefined);
    if (response?.ok) this.events(response, undefined).catch(() => {});
    else await response?.body?.cancel();
  }

  // Every message of a stream. One that ends without the answer is taken up again where it ended, after as long as it said.
  async events(response, id) {
    let [last, pause, done] = [undefined, 1000, id === undefined];
    for (let attempt = 0; ; attempt++) {
      for await (const { event, data, retry } of fields(response)) {
        last = event ?? last;
        pause = retry ?? pause;
        if (data === undefined || data === "") continue;
        const message = JSON.parse(data);
        done ||= message.id === id && message.method === undefined;
        this.take(message);
      }
      if (done || last === undefined || attempt === 5) return;
      await new Promise((resolve) => setTimeout(resolve, pause));
      const headers = { ...this.headers(), Accept: "text/event-stream", "Last-Event-ID": last };
      response = await fetch(this.address, { headers, signal: this.gone.signal });
      if (!response.ok) return;
    }
  }

  end() {
    const { session, address } = this;
    this.gone.abort();
    if (session !== undefined) fetch(address, { method: "DELETE", headers: this.headers() }).catch(() => {});
  }
}

async function* fields(response) {
  let text = "";
  for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    const events = text.replaceAll("\r\n", "\n").split("\n\n");
    text = events.pop();
    for (const one of events) {
      const found = {};
      for (const line of one.split("\n")) {
        const [, name, value] = /^(\w+): ?(.*)$/.exec(line) ?? [];
        if (name === "data") found.data = found.data === undefined ? value : `${found.data}\n${value}`;
        if (name === "id") found.event = value;
        if (name === "retry") found.retry = Number(value);
      }
      yield found;
    }
  }
}

const coded = (value) => `=?base64?${Buffer.from(value).toString("base64")}?=`;

// ---- both ----

const failure = (id, code, message) => ({ jsonrpc: "2.0", id, error: { code, message } });
const event = (message) => `data: ${JSON.stringify(message)}\n\n`;

function reply(response, status, message) {
  response.writeHead(status, { "Content-Type": "application/json" }).end(JSON.stringify(message));
}

async function body(request) {
  const parts = [];
  for await (const part of request) parts.push(part);
  return Buffer.concat(parts).toString();
}
