// Version 2 of the SDK, which has a package for clients and one for servers.
import { createRequire } from "node:module";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { mcp } from "../../../instrumentations/mcp/index.ts";
import { begin } from "../../../instrumentations/mcp/instrumentation.ts";
import { type Collecting, collectingProvider } from "../../kit/collecting.ts";
import { countOf } from "../histogram-figures.ts";
import { instrumentationOf } from "../instrumentation-of.ts";

/** The parts of the libraries that the tests use. */
interface ClientLibrary {
  readonly Client: new (
    info: object,
    options?: object,
  ) => {
    connect(transport: unknown): Promise<void>;
    listTools(): Promise<unknown>;
    callTool(call: object, options?: object): Promise<unknown>;
    getPrompt(prompt: object): Promise<unknown>;
    close(): Promise<void>;
  };
  readonly InMemoryTransport: { createLinkedPair(): readonly [unknown, unknown] };
  readonly StreamableHTTPClientTransport: new (url: URL, options: object) => object;
}
interface ServerLibrary {
  readonly McpServer: new (info: object) => {
    registerTool(name: string, options: object, run: () => unknown): void;
    registerPrompt(name: string, options: object, run: () => unknown): void;
    connect(transport: unknown): Promise<void>;
  };
  readonly createMcpHandler: (makeServer: () => unknown) => { fetch(request: Request): Promise<Response> };
}

const instrumentation = instrumentationOf(mcp, begin, {});
const require = createRequire(import.meta.url);
const {
  Client,
  InMemoryTransport,
  StreamableHTTPClientTransport,
}: ClientLibrary = require("@modelcontextprotocol/client");
const { McpServer, createMcpHandler }: ServerLibrary = require("@modelcontextprotocol/server");

describe("@modelcontextprotocol/client and @modelcontextprotocol/server", () => {
  let collecting: Collecting;
  const call = { name: "weather", arguments: { city: "a secret city" } };

  beforeEach(() => {
    collecting = collectingProvider();
    instrumentation.setMeterProvider(collecting.provider);
    instrumentation.enable();
  });

  afterEach(() => instrumentation.disable());

  function weatherServer(): InstanceType<ServerLibrary["McpServer"]> {
    const server = new McpServer({ name: "weather", version: "1.0.0" });
    server.registerTool("weather", {}, () => ({ content: [{ type: "text", text: "a secret answer" }] }));
    server.registerTool("broken", {}, () => {
      throw new RangeError("a secret failure");
    });
    server.registerTool("slow", {}, () => new Promise(() => {}));
    server.registerPrompt("greeting", {}, () => ({ messages: [] }));
    return server;
  }

  // By method and name, with the outcome.
  async function operations(side: "client" | "server"): Promise<unknown> {
    const points = await collecting.points(`mcp.${side}.operation.duration`);
    return Object.fromEntries(
      points.map(({ attributes, value }) => {
        const name = attributes["gen_ai.tool.name"] ?? attributes["gen_ai.prompt.name"] ?? "";
        const outcome = attributes["error.type"] ?? attributes["rpc.response.status_code"] ?? "ok";
        return [
          `${String(attributes["mcp.method.name"])} ${String(name)} ${String(outcome)}`,
          countOf(value),
        ];
      }),
    );
  }

  test("both sides record requests, tools, their failures and sessions", async () => {
    const [near, far] = InMemoryTransport.createLinkedPair();
    await weatherServer().connect(far);
    const client = new Client({ name: "test", version: "1.0.0" });
    await client.connect(near);
    await client.listTools();
    await client.callTool(call);
    await client.callTool({ name: "broken" });
    await client.getPrompt({ name: "greeting" });
    await expect(client.callTool({ name: "slow" }, { timeout: 10 })).rejects.toThrow(/timed out/);
    await client.close();
    const both = {
      "initialize  ok": 1,
      "tools/list  ok": 1,
      "tools/call weather ok": 1,
      "tools/call broken tool_error": 1,
      "prompts/get greeting ok": 1,
    };
    expect(await operations("client")).toMatchObject({ ...both, "tools/call slow timeout": 1 });
    expect(await operations("server")).toMatchObject({ ...both, "tools/call slow cancelled": 1 });
    for (const side of ["client", "server"]) {
      const [session] = await collecting.points(`mcp.${side}.session.duration`);
      expect(countOf(session?.value)).toBe(1);
    }
    expect(JSON.stringify(await collecting.collect())).not.toMatch(/secret/);
  });

  test("requests of the protocol without sessions are recorded over HTTP", async () => {
    const handler = createMcpHandler(weatherServer);
    const transport = new StreamableHTTPClientTransport(new URL("http://weather.example:8080/mcp"), {
      fetch: (url: string | URL, init: RequestInit) => handler.fetch(new Request(url, init)),
    });
    const versionNegotiation = { mode: { pin: "2026-07-28" } };
    const client = new Client({ name: "test", version: "1.0.0" }, { versionNegotiation });
    await client.connect(transport);
    await client.listTools();
    await client.callTool(call);
    await client.callTool({ name: "broken" });
    const slow = client.callTool({ name: "slow" }, { timeout: 10 });
    await expect(slow).rejects.toThrow(/timed out/);
    const tools = { "tools/list  ok": 1, "tools/call weather ok": 1, "tools/call broken tool_error": 1 };
    expect(await operations("client")).toMatchObject({ ...tools, "tools/call slow cancelled": 1 });
    expect(await operations("server")).toMatchObject({ "server/discover  ok": 1, ...tools });
    await client.close();
    const [weather] = (await collecting.points("mcp.client.operation.duration")).filter(
      ({ attributes }) => attributes["gen_ai.tool.name"] === "weather",
    );
    expect(weather?.attributes).toMatchObject({
      "network.transport": "tcp",
      "network.protocol.name": "http",
      "server.address": "weather.example",
      "server.port": 8080,
    });
    expect(await collecting.points("mcp.client.session.duration")).toEqual([]);
  });
});
