import { once } from "node:events";
import { createServer, type Server } from "node:http";
import { createRequire } from "node:module";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { elasticsearch as instrumented } from "../../../instrumentations/elasticsearch/index.ts";
import { begin } from "../../../instrumentations/elasticsearch/instrumentation.ts";
import { addressOf } from "../../kit/address-of.ts";
import { isInstalled } from "../../kit/is-installed.ts";
import { countOf } from "../histogram-figures.ts";
import { instrumentationOf } from "../instrumentation-of.ts";
import { measured } from "../measured.ts";

type Call = (params: object) => Promise<unknown>;

/** The part of both clients that the tests use. */
interface SearchClient {
  readonly search: Call;
  readonly index: Call;
  readonly bulk: Call;
  readonly get: Call;
  readonly exists: Call;
  readonly indices: { readonly create: Call };
  close(): Promise<void>;
}

const instrumentation = instrumentationOf(instrumented, begin, {});
const require = createRequire(import.meta.url);
const load = (name: string): { Client: new (options: object) => SearchClient } | undefined =>
  isInstalled(name) ? require(name) : undefined;
const clients = {
  elasticsearch: load("@elastic/elasticsearch"),
  opensearch: load("@opensearch-project/opensearch"),
};
instrumentation.disable();

let server: Server;
let port: number;
const collecting = measured(instrumentation);
/** The number of next requests that are refused as by an overloaded node. */
let refusals = 0;

beforeAll(async () => {
  server = createServer((request, response) => {
    request.resume();
    const status = request.url?.startsWith("/none") === true ? 404 : refusals-- > 0 ? 503 : 200;
    const headers = { "content-type": "application/json", "x-elastic-product": "Elasticsearch" };
    response.writeHead(status, headers).end(request.method === "HEAD" ? undefined : "{}");
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  port = addressOf(server).port;
});

afterAll(() => void server.close());

beforeEach(() => {
  refusals = 0;
});

/** The number of operations by index, operation and failure. */
async function operations(): Promise<Readonly<Record<string, unknown>>> {
  const parts = ["db.system.name", "db.collection.name", "db.operation.name", "error.type"];
  const points = await collecting.points("db.client.operation.duration");
  return Object.fromEntries(
    points.map(({ attributes, value }) => [
      parts.flatMap((part) => attributes[part] ?? []).join(" "),
      countOf(value),
    ]),
  );
}

describe.each(Object.entries(clients))("%s", (system, library) => {
  beforeEach((context) => context.skip(library === undefined));

  const clientOf = (to: number, maxRetries = 3): SearchClient => {
    if (library === undefined) throw new Error("the library is missing");
    return new library.Client({ node: `http://127.0.0.1:${to}`, maxRetries });
  };

  test("requests are recorded by index and operation, with their node", async () => {
    const client = clientOf(port);
    await Promise.all([1, 2].map(() => client.search({ index: "products" })));
    await client.index({ index: "logs-2026.11.28", body: { a: 1 } });
    await client.bulk({ body: [{ index: { _index: "products" } }, { a: 1 }] });
    await client.indices.create({ index: "products" });
    await client.close();
    expect(await operations()).toEqual({
      [`${system} products search`]: 2,
      [`${system} logs-*.*.* index`]: 1,
      [`${system} bulk`]: 1,
      [`${system} products indices.create`]: 1,
    });
    const attributes = {
      "db.system.name": system,
      "db.operation.name": "bulk",
      "server.address": "127.0.0.1",
      "server.port": port,
    };
    expect(countOf(await collecting.point("db.client.operation.duration", attributes))).toBe(1);
  });

  test("failures have their status or the name of their error, and retries are one request", async () => {
    const client = clientOf(port);
    await expect(client.get({ index: "none", id: "1" })).rejects.toMatchObject({ statusCode: 404 });
    await client.exists({ index: "none", id: "1" });
    refusals = 1;
    await client.search({ index: "products" });
    await client.close();
    const nowhere = clientOf(1, 0);
    await expect(nowhere.search({ index: "products" })).rejects.toMatchObject({ name: "ConnectionError" });
    await nowhere.close();
    expect(await operations()).toEqual({
      [`${system} none get 404`]: 1,
      [`${system} none exists`]: 1,
      [`${system} products search`]: 1,
      [`${system} products search ConnectionError`]: 1,
    });
  });

  test("while it is disabled, nothing is recorded, and clients are measured again afterwards", async () => {
    const client = clientOf(port);
    await client.search({ index: "products" });
    instrumentation.disable();
    await client.search({ index: "products" });
    instrumentation.enable();
    await client.search({ index: "products" });
    await client.close();
    expect(await operations()).toEqual({ [`${system} products search`]: 2 });
  });
});
