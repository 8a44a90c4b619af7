import { once } from "node:events";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { mcp } from "../../../instrumentations/mcp/index.ts";
import { begin } from "../../../instrumentations/mcp/instrumentation.ts";
import { addressOf } from "../../kit/address-of.ts";
import { type Collecting, collectingProvider } from "../../kit/collecting.ts";
import { unhandledDuring } from "../../kit/unhandled-during.ts";
import { countOf, sumOf } from "../histogram-figures.ts";
import { instrumentationOf } from "../instrumentation-of.ts";

const instrumentation = instrumentationOf(mcp, begin, {});
const require = createRequire(import.meta.url);
const SDK = "@modelcontextprotocol/sdk";
// Required after the instrumentation is enabled.
const { Client }: typeof import("@modelcontextprotocol/sdk/client/index.js") = require(
  `${SDK}/client/index.js`,
);
const { McpServer }: typeof import("@modelcontextprotocol/sdk/server/mcp.js") = require(
  `${SDK}/server/mcp.js`,
);
const { InMemoryTransport }: typeof import("@modelcontextprotocol/sdk/inMemory.js") = require(
  `${SDK}/inMemory.js`,
);
const { StdioClientTransport }: typeof import("@modelcontextprotocol/sdk/client/stdio.js") = require(
  `${SDK}/client/stdio.js`,
);
const {
  StreamableHTTPClientTransport,
}: typeof import("@modelcontextprotocol/sdk/client/streamableHttp.js") = require(
  `${SDK}/client/streamableHttp.js`,
);
const {
  StreamableHTTPServerTransport,
}: typeof import("@modelcontextprotocol/sdk/server/streamableHttp.js") = require(
  `${SDK}/server/streamableHttp.js`,
);

type Server = InstanceType<typeof McpServer>;
type McpClient = InstanceType<typeof Client>;

let collecting: Collecting;

beforeEach(() => {
  collecting = collectingProvider();
  instrumentation.setMeterProvider(collecting.provider);
  instrumentation.enable();
});

afterEach(() => instrumentation.disable());

function weatherServer(): Server {
  const server = new McpServer({ name: "weather", version: "1.0.0" });
  server.registerTool("weather", {}, async () => {
    await new Promise((resolve) => setTimeout(resolve, 30));
    return { content: [{ type: "text", text: "a secret answer" }] };
  });
  server.registerTool("broken", {}, () => {
    throw new RangeError("a secret failure");
  });
  server.registerPrompt("greeting", {}, () => ({ messages: [] }));
  server.registerTool("slow", {}, () => new Promise(() => {}));
  return server;
}

async function connected(): Promise<McpClient> {
  const [near, far] = InMemoryTransport.createLinkedPair();
  await weatherServer().connect(far);
  const client = new Client({ name: "test", version: "1.0.0" });
  await client.connect(near);
  return client;
}

// By method and name, with the outcome.
async function operations(side: "client" | "server"): Promise<unknown> {
  const points = await collecting.points(`mcp.${side}.operation.duration`);
  return Object.fromEntries(
    points.map(({ attributes, value }) => {
      const name = attributes["gen_ai.tool.name"] ?? attributes["gen_ai.prompt.name"] ?? "";
      const outcome = attributes["error.type"] ?? attributes["rpc.response.status_code"] ?? "ok";
      return [`${String(attributes["mcp.method.name"])} ${String(name)} ${String(outcome)}`, countOf(value)];
    }),
  );
}

test("both sides record requests, tools and their failures", async () => {
  const client = await connected();
  await client.listTools();
  const argument = { name: "weather", arguments: { city: "a secret city" } };
  await Promise.all([client.callTool(argument), client.callTool(argument)]);
  await client.callTool({ name: "broken" });
  await client.getPrompt({ name: "greeting" });
  await expect(client.getPrompt({ name: "unknown" })).rejects.toThrow(/not found/);
  const both = {
    "initialize  ok": 1,
    "tools/list  ok": 1,
    "tools/call weather ok": 2,
    "tools/call broken tool_error": 1,
    "prompts/get greeting ok": 1,
  };
  expect(await operations("client")).toEqual({
    ...both,
    "notifications/initialized  ok": 1,
    "prompts/get unknown -32602": 1,
  });
  expect(await operations("server")).toEqual({ ...both, "prompts/get  -32602": 1 });
  const weather = await collecting.point("mcp.server.operation.duration", {
    "mcp.method.name": "tools/call",
    "gen_ai.operation.name": "execute_tool",
    "gen_ai.tool.name": "weather",
  });
  expect(sumOf(weather)).toBeGreaterThan(0.055);
  expect(JSON.stringify(await collecting.collect())).not.toMatch(/secret/);
});

test("a session lasts from its initialization to its end", async () => {
  const client = await connected();
  expect(await collecting.points("mcp.client.session.duration")).toEqual([]);
  await client.close();
  for (const side of ["client", "server"]) {
    const [session] = await collecting.points(`mcp.${side}.session.duration`);
    expect(countOf(session?.value)).toBe(1);
    expect(session?.attributes).toEqual({ "mcp.protocol.version": expect.stringMatching(/^\d{4}-/) });
  }
});

test("requests that time out, are cancelled or lose their connection are failures", async () => {
  const client = await connected();
  const slow = { name: "slow" };
  // A server names the tools that it has listed.
  await client.listTools();
  await expect(client.callTool(slow, undefined, { timeout: 10 })).rejects.toThrow(/timed out/);
  const abort = new AbortController();
  const cancelled = client.callTool(slow, undefined, { signal: abort.signal });
  abort.abort("no");
  await expect(cancelled).rejects.toThrow(/no/);
  const lost = client.callTool(slow);
  await client.close();
  await expect(lost).rejects.toThrow(/closed/);
  expect(await operations("client")).toMatchObject({
    "tools/call slow timeout": 1,
    "tools/call slow cancelled": 1,
    "tools/call slow closed": 1,
  });
  expect(await operations("server")).toMatchObject({
    "tools/call slow cancelled": 2,
    "tools/call slow closed": 1,
  });
});

async function namesOf(side: "client" | "server", attribute: string): Promise<ReadonlySet<unknown>> {
  const points = await collecting.points(`mcp.${side}.operation.duration`);
  return new Set(points.map(({ attributes }) => attributes[attribute]).filter((name) => name !== undefined));
}

test("the number and the length of names is bounded", async () => {
  const client = await connected();
  await client.callTool({ name: "x".repeat(1_000) }).catch(() => undefined);
  // Older versions reject the call of an unknown tool.
  for (let i = 0; i < 110; i++) await client.callTool({ name: `tool-${i}` }).catch(() => undefined);
  const names = await namesOf("client", "gen_ai.tool.name");
  expect(names.size).toBe(101);
  expect(names).toContain("_other");
  expect(names).toContain("x".repeat(100));
});

test("names that a remote client invents are not recorded, and take no place of a server's own", async () => {
  const [near, far] = InMemoryTransport.createLinkedPair();
  await weatherServer().connect(far);
  const client = new Client({ name: "test", version: "1.0.0" });
  await client.connect(near);
  for (let i = 0; i < 110; i++) {
    await client.callTool({ name: `invented-${i}` }).catch(() => undefined);
    await near.send({ jsonrpc: "2.0", id: `c${i}`, method: `invented/${i}` });
    await near.send({ jsonrpc: "2.0", method: "notifications/cancelled", params: { requestId: `c${i}` } });
  }
  await client.callTool({ name: "weather" });
  expect(await namesOf("server", "gen_ai.tool.name")).toEqual(new Set(["weather"]));
  expect(await namesOf("server", "mcp.method.name")).toEqual(new Set(["initialize", "tools/call", "_other"]));
});

test("a server in another process is reached over its pipes", async () => {
  const client = new Client({ name: "test", version: "1.0.0" });
  await client.connect(
    new StdioClientTransport({
      command: process.execPath,
      args: [join(import.meta.dirname, "stdio-server.mjs")],
    }),
  );
  await client.callTool({ name: "weather" });
  await client.close();
  const [point] = (await collecting.points("mcp.client.operation.duration")).filter(
    ({ attributes }) => attributes["gen_ai.tool.name"] === "weather",
  );
  expect(point?.attributes["network.transport"]).toBe("pipe");
});

test("over HTTP, clients name their server", async () => {
  const transport = new StreamableHTTPServerTransport({ sessionIdGenerator: () => "1" });
  await weatherServer().connect(transport);
  const http = createServer((request, response) => void transport.handleRequest(request, response));
  http.listen(0, "127.0.0.1");
  await once(http, "listening");
  const { port } = addressOf(http);
  const client = new Client({ name: "test", version: "1.0.0" });
  await client.connect(new StreamableHTTPClientTransport(new URL(`http://127.0.0.1:${port}/mcp`)));
  await client.callTool({ name: "weather" });
  await client.close();
  http.closeAllConnections();
  http.close();
  const common = {
    "mcp.method.name": "tools/call",
    "gen_ai.operation.name": "execute_tool",
    "gen_ai.tool.name": "weather",
    "network.transport": "tcp",
    "network.protocol.name": "http",
  };
  const ofClient = { ...common, "server.address": "127.0.0.1", "server.port": port };
  expect(countOf(await collecting.point("mcp.client.operation.duration", ofClient))).toBe(1);
  expect(countOf(await collecting.point("mcp.server.operation.duration", common))).toBe(1);
});

test("an unhandled rejection of a transport stays unhandled", async () => {
  const [transport, other] = InMemoryTransport.createLinkedPair();
  await weatherServer().connect(other);
  const client = new Client({ name: "test", version: "1.0.0" });
  await client.connect(transport);
  await client.close();
  const unhandled = await unhandledDuring(async (rejections) => {
    void transport.send({ jsonrpc: "2.0", method: "notifications/progress" });
    await expect.poll(() => rejections.length).toBe(1);
  });
  expect(String(unhandled)).toMatch(/Not connected/);
});

test("nothing is recorded while it is disabled", async () => {
  const client = await connected();
  instrumentation.disable();
  await client.callTool({ name: "weather" });
  expect(await operations("server")).toEqual({ "initialize  ok": 1 });
});
