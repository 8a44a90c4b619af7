// Options `attributes`, `requestHeaders` and `ignore`.
import { once } from "node:events";
import { IncomingMessage, request, ServerResponse } from "node:http";
import { diag } from "@opentelemetry/api";
import { afterEach, expect, test, vi } from "vitest";
import { type HttpInstrumentationConfig } from "../../../instrumentations/http/index.ts";
import { collectWarnings } from "../../kit/collect-warnings.ts";
import { collectingProvider } from "../../kit/collecting.ts";
import { countOf } from "../histogram-figures.ts";
import { collecting, serve, unanswered, url, use } from "./measured-server.ts";

type Describe = NonNullable<HttpInstrumentationConfig["attributes"]>;

serve((_, response) => response.setHeader("x-shard", "7").end("ok"));

afterEach(() => diag.disable());

async function ask(path: string, headers: Record<string, string> = {}, method = "GET"): Promise<void> {
  const asked = request(url + path, { headers, method, agent: false });
  asked.end();
  const [response] = await once(asked, "response");
  response.resume();
  await once(asked, "close");
}

/** Values of attribute `name` in the counts and the durations of one side, each with its number of requests. */
async function valuesOf(name: string, side: "server" | "client"): Promise<readonly unknown[]> {
  const [counts, durations] = await Promise.all(
    ["requests", "request.duration"].map(async (metric) => await collecting.points(`http.${side}.${metric}`)),
  );
  const timed = durations!.map(({ attributes, value }) => [attributes[name], countOf(value)]);
  expect(counts!.map(({ attributes, value }) => [attributes[name], value])).toEqual(timed);
  return timed;
}

test("the application's attributes are added to counts and durations of served and own requests", async () => {
  const attributes = vi.fn<Describe>((asked, answer) => {
    if (asked instanceof IncomingMessage && answer instanceof ServerResponse)
      return { tenant: asked.headers["x-tenant"] ?? "none", ended: answer.writableEnded };
    return {
      tenant: answer instanceof IncomingMessage ? `to ${String(answer.headers["x-shard"])}` : "failed",
    };
  });
  use({ attributes });
  await ask("/", { "x-tenant": "a" });
  await ask("/");
  await ask("/", { "x-tenant": "a" });
  await vi.waitFor(async () =>
    expect(await valuesOf("tenant", "server")).toEqual([
      ["a", 2],
      ["none", 1],
    ]),
  );
  expect(await valuesOf("ended", "server")).toEqual([
    [true, 2],
    [true, 1],
  ]);
  expect(await valuesOf("tenant", "client")).toEqual([["to 7", 3]]);
  expect(attributes).toHaveBeenCalledTimes(6);
});

test("requests that fail or are aborted have attributes, too", async () => {
  const attributes = vi.fn<Describe>((_, answer) => ({ answered: answer !== undefined }));
  use({ attributes });
  const asked = request(`${url}/hang`).end();
  await vi.waitFor(() => expect(unanswered).toHaveLength(1));
  asked.on("error", () => {}).destroy(new Error("given up"));
  await vi.waitFor(async () => {
    expect(await valuesOf("answered", "server")).toEqual([[true, 1]]);
    expect(await valuesOf("answered", "client")).toEqual([[false, 1]]);
  });
  expect(attributes).toHaveBeenCalledTimes(2);
});

test("attributes of fetch are read from undici's request, once", async () => {
  const attributes = vi.fn<Describe>((asked, answer) => ({
    target: String(Reflect.get(asked, "path")),
    status: Number(Reflect.get(Object(answer), "statusCode")),
  }));
  use({ attributes, requestHeaders: ["x-plan"] });
  await (await fetch(`${url}/path`, { headers: { "X-Plan": "free" } })).text();
  await vi.waitFor(async () => expect(await valuesOf("target", "client")).toEqual([["/path", 1]]));
  expect(await valuesOf("status", "client")).toEqual([[200, 1]]);
  for (const side of ["client", "server"] as const)
    expect(await valuesOf("http.request.header.x-plan", side)).toEqual([["free", 1]]);
});

test("the attributes of the conventions cannot be replaced, missing ones can be added", async () => {
  use({ attributes: () => ({ "http.request.method": "x", "http.route": "/mine" }) });
  await ask("/");
  await vi.waitFor(async () => expect(await valuesOf("http.route", "server")).toEqual([["/mine", 1]]));
  expect(await valuesOf("http.request.method", "server")).toEqual([["GET", 1]]);
  expect(await valuesOf("http.request.method", "client")).toEqual([["GET", 1]]);
});

test.each([
  [
    "throws",
    () => {
      throw new Error("broken");
    },
  ],
  ["returns a text", () => "tenant"],
  ["returns a list", () => ["tenant"]],
  ["is asynchronous", async () => Promise.reject(new Error("broken"))],
])(
  "a function that %s is logged once and counted, and its requests are recorded without it",
  async (_, garbage) => {
    const warnings = collectWarnings();
    const config = { requestHeaders: ["x-plan"] };
    Object.assign(config, { attributes: garbage });
    use(config);
    await ask("/", { "x-plan": "free" });
    await ask("/", { "x-plan": "free" });
    await vi.waitFor(async () =>
      expect(await valuesOf("http.request.header.x-plan", "server")).toEqual([["free", 2]]),
    );
    expect(await collecting.point("telemetry.labels.dropped", { reason: "invalid" })).toBe(4);
    expect(warnings).toEqual([
      'instrumentation http: option "attributes" failed; the request is recorded without its attributes; this is logged once',
    ]);
  },
);

test("a function may return nothing, and an invalid value is left out alone", async () => {
  const warnings = collectWarnings();
  const given: unknown[] = [undefined, null, { tenant: "a", when: new Date() }];
  const config: HttpInstrumentationConfig = {};
  Object.assign(config, {
    attributes: (asked: object) => (asked instanceof IncomingMessage ? given.shift() : undefined),
  });
  use(config);
  for (let i = 0; i < 3; i++) await ask("/");
  await vi.waitFor(async () =>
    expect(await valuesOf("tenant", "server")).toEqual([
      [undefined, 2],
      ["a", 1],
    ]),
  );
  expect(await valuesOf("when", "server")).toEqual([
    [undefined, 2],
    [undefined, 1],
  ]);
  expect(warnings).toEqual([
    'instrument "http": dropped label "when", whose value is invalid; the measurement was kept; this is logged once',
  ]);
});

test("the first 100 values of a header are kept, further and long ones are _other", async () => {
  use({ requestHeaders: ["X-Tenant", "x-plan"] });
  for (let i = 0; i < 101; i++) await ask("/", { "x-tenant": `tenant-${i}` });
  await ask("/", { "x-plan": "p".repeat(101) });
  const name = "http.request.header.x-tenant";
  await vi.waitFor(async () => expect(await valuesOf(name, "server")).toHaveLength(102));
  const values = await valuesOf(name, "server");
  expect(values.slice(99)).toEqual([
    ["tenant-99", 1],
    ["_other", 1],
    [undefined, 1],
  ]);
  expect((await valuesOf("http.request.header.x-plan", "server")).at(-1)).toEqual(["_other", 1]);
});

test("the limit of series holds for own attributes", async () => {
  let id = 0;
  use({ attributes: () => ({ id: id++ }) }, collectingProvider(undefined, 20));
  for (let i = 0; i < 40; i++) await ask("/");
  const beyond = { "otel.metric.overflow": true };
  await vi.waitFor(async () => {
    expect(countOf(await collecting.point("http.server.request.duration", beyond))).toBe(20);
    expect(await collecting.point("http.client.requests", beyond)).toBe(20);
  });
});

test("ignored requests are neither recorded nor active", async () => {
  const seen: unknown[] = [];
  const ignore = [
    "/health",
    "/assets/*",
    "*.ico",
    "DELETE /jobs/*",
    /^\/internal/g,
    (asked: object) => {
      seen.push(asked);
      return asked instanceof IncomingMessage && asked.headers["x-probe"] === "yes";
    },
  ];
  use({ ignore });
  const ignored = [
    "/health",
    "/health?full",
    "/assets/a/b.css",
    "/favicon.ico",
    "/internal",
    "/internal/x?y",
  ];
  for (const path of ignored) await ask(path);
  await ask("/jobs/1", {}, "DELETE");
  expect(seen).toEqual([]);
  await ask("/probe", { "x-probe": "yes" });
  const hanging = request(`${url}/hang`, { headers: { "x-probe": "yes" } }).end();
  await vi.waitFor(() => expect(unanswered).toHaveLength(1));
  expect(await collecting.points("http.server.active_requests")).toEqual([]);
  hanging.on("error", () => {}).destroy();
  const kept = ["/healthy", "/assets", "/health/", "/a/internal", "/?path=/health"];
  for (const path of kept) await ask(path);
  await ask("/jobs/1");
  await vi.waitFor(async () =>
    expect(await valuesOf("http.request.method", "server")).toEqual([["GET", kept.length + 1]]),
  );
  // Own requests are recorded.
  expect(await valuesOf("http.request.method", "client")).toContainEqual(["DELETE", 1]);
});

test("a request is recorded if the function for it fails, which is logged once", async () => {
  const warnings = collectWarnings();
  const config: HttpInstrumentationConfig = {};
  const broken = (): boolean => {
    throw new Error("broken");
  };
  Object.assign(config, { ignore: [broken, async () => true, () => "yes"] });
  use(config);
  await ask("/");
  await ask("/");
  await vi.waitFor(async () => expect(await valuesOf("http.request.method", "server")).toEqual([["GET", 2]]));
  const line = 'instrumentation http: option "ignore" failed; the request is recorded; this is logged once';
  expect(warnings).toEqual([line, line, line]);
});
