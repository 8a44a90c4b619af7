// `Bun.serve` and `Deno.serve`, here stand-ins that call the handlers as the runtimes do. `npm run test:matrix -- runtimes` has the real
// ones.
import { diag } from "@opentelemetry/api";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import {
  http as instrumented,
  type HttpInstrumentationConfig,
} from "../../../instrumentations/http/index.ts";
import { begin } from "../../../instrumentations/http/instrumentation.ts";
import type { LibraryInstrumentation } from "../../../instrumentations/shared/library-instrumentation.ts";
import { collectWarnings } from "../../kit/collect-warnings.ts";
import { type Collecting, collectingProvider } from "../../kit/collecting.ts";
import { countOf } from "../histogram-figures.ts";
import { instrumentationOf } from "../instrumentation-of.ts";

type Describe = NonNullable<HttpInstrumentationConfig["attributes"]>;
type Handle = (request: unknown, info?: unknown) => unknown;

interface BunOptions {
  readonly fetch?: Handle;
  readonly routes?: Readonly<Record<string, unknown>>;
  readonly onNodeHTTPRequest?: () => void;
}

class BunServer {
  options: BunOptions;

  constructor(options: BunOptions) {
    this.options = options;
  }

  reload(options: BunOptions): void {
    this.options = options;
  }

  request(path: string, method = "GET", signal: AbortSignal | null = null): unknown {
    const route: unknown = this.options.routes?.[path];
    const handler: unknown =
      typeof route === "object" && route !== null && !(route instanceof Response)
        ? Reflect.get(route, method)
        : route;
    if (handler instanceof Response) return handler;
    const handle: unknown = handler ?? this.options.fetch;
    if (typeof handle !== "function") throw new TypeError("there is no handler");
    return Reflect.apply(handle, this, [new Request(`http://localhost${path}`, { method, signal }), this]);
  }
}

let collecting: Collecting;
let instrumentation: LibraryInstrumentation<HttpInstrumentationConfig>;
let bun: { readonly serve: (options: BunOptions) => BunServer };
let deno: { readonly serve: (...given: readonly unknown[]) => Handle };

beforeEach(() => {
  bun = { serve: (options) => new BunServer(options) };
  // As in Bun.
  Object.defineProperty(bun, "serve", { configurable: false });
  deno = {
    serve: (...given) => {
      const last: unknown = given.at(-1);
      const handler: unknown = typeof last === "function" ? last : Reflect.get(Object(last), "handler");
      // As in Deno, a handler without parameters gets none.
      return (request) =>
        typeof handler === "function"
          ? Reflect.apply(handler, undefined, [request, {}].slice(0, handler.length))
          : undefined;
    },
  };
  Object.assign(globalThis, { Bun: bun, Deno: deno });
  collecting = collectingProvider();
  instrumentation = instrumentationOf(instrumented, begin, {});
  instrumentation.setMeterProvider(collecting.provider);
});

afterEach(() => {
  instrumentation.disable();
  Reflect.deleteProperty(globalThis, "Bun");
  Reflect.deleteProperty(globalThis, "Deno");
  diag.disable();
});

/** Counts of requests, by method, status and route. */
async function counts(from = collecting): Promise<Readonly<Record<string, number | undefined>>> {
  const points = await from.points("http.server.request.duration");
  return Object.fromEntries(
    points.map(({ attributes, value }) => [
      ["http.request.method", "url.scheme", "http.response.status_code", "http.route", "error.type"]
        .map((name) => attributes[name] ?? "-")
        .join(" "),
      countOf(value),
    ]),
  );
}

test("requests to Bun.serve are counted, with the routes of their handlers", async () => {
  const server = bun.serve({
    fetch: () => new Response("", { status: 404 }),
    routes: {
      "/orders/:id": () => new Response("order"),
      "/parts": { POST: async () => new Response("part", { status: 201 }), GET: new Response("parts") },
      "/health": new Response("ok"),
    },
  });
  server.request("/orders/:id");
  await server.request("/parts", "POST");
  server.request("/parts");
  server.request("/health");
  server.request("/none", "BREW");
  expect(await counts()).toEqual({
    "GET http 200 /orders/:id -": 1,
    "POST http 201 /parts -": 1,
    "_OTHER http 404 - -": 1,
  });
});

test("the scheme is that of the client's request, by a header of a proxy", async () => {
  const handle = deno.serve(() => new Response());
  const headers = { "x-forwarded-proto": "https" };
  await handle(new Request("http://localhost/", { headers }));
  expect(await counts()).toEqual({ "GET https 200 - -": 1 });
});

test("a request is active until its response is there, and fails with status 500", async () => {
  let answer: (response: Response) => void = () => {};
  const handlers: Handle[] = [
    () => new Promise<Response>((resolve) => (answer = resolve)),
    () => {
      throw new Error("broken");
    },
    async () => Promise.reject(new Error("broken later")),
  ];
  const [slow, broken, brokenLater] = handlers.map((handler) => deno.serve(handler));
  const response = slow?.(new Request("https://localhost/"));
  const active = { "http.request.method": "GET", "url.scheme": "https" };
  expect(await collecting.point("http.server.active_requests", active)).toBe(1);
  answer(new Response());
  await response;
  expect(await collecting.point("http.server.active_requests", active)).toBe(0);
  expect(() => broken?.(new Request("http://localhost/"))).toThrow("broken");
  await expect(brokenLater?.(new Request("http://localhost/"))).rejects.toThrow("broken later");
  expect(await counts()).toEqual({ "GET https 200 - -": 1, "GET http 500 - 500": 2 });
});

test.for([
  ["a handler", (handler: Handle) => [handler]],
  ["options and a handler", (handler: Handle) => [{ port: 0 }, handler]],
  ["options with a handler", (handler: Handle) => [{ port: 0, handler }]],
] as const)("Deno.serve takes %s", async ([, given]) => {
  const serve = deno.serve(...given((request) => new Response(String(request))));
  const response = serve(new Request("http://localhost/"));
  expect(response).toBeInstanceOf(Response);
  expect(await counts()).toEqual({ "GET http 200 - -": 1 });
});

test("inherited options of Deno.serve remain", () => {
  class Application {
    handler = (): Response => new Response();
    onListen(this: void): void {}
  }
  let given: unknown;
  const { serve } = deno;
  instrumentation.disable();
  deno = Object.assign(deno, {
    serve: (...all: readonly unknown[]) => {
      [given] = all;
      return serve(...all);
    },
  });
  instrumentation.enable();
  deno.serve(new Application());
  expect(given).toHaveProperty("onListen", Application.prototype.onListen);
  // Deno listens on a socket only if its path is a field of the options themselves.
  deno.serve({ path: "/run/app.sock", handler: () => new Response() });
  expect(Object.keys(Object(given))).toEqual(["path", "handler"]);
});

test("a request to Bun.serve without a client any more ends at the next collection", async () => {
  let answer: (response: Response) => void = () => {};
  const server = bun.serve({ fetch: () => new Promise<Response>((resolve) => (answer = resolve)) });
  const client = new AbortController();
  const response = server.request("/", "GET", client.signal);
  const active = { "http.request.method": "GET", "url.scheme": "http" };
  expect(await collecting.point("http.server.active_requests", active)).toBe(1);
  client.abort();
  expect(await collecting.point("http.server.active_requests", active)).toBe(0);
  answer(new Response());
  await response;
  expect(await counts()).toEqual({ "GET http - - aborted": 1 });
});

test("requests that become WebSockets are not counted", async () => {
  bun.serve({ fetch: () => undefined }).request("/");
  deno.serve(() => ({ status: 101 }))(new Request("http://localhost/"));
  expect(await counts()).toEqual({});
});

test("handlers of reloaded options are measured, and inherited options remain", async () => {
  class Application {
    readonly port = 0;
    fetch = (): Response => new Response("one");
  }
  const server = bun.serve(new Application());
  expect(Reflect.get(server.options, "port")).toBe(0);
  server.reload({ fetch: () => new Response("two") });
  const response = server.request("/");
  expect(response instanceof Response && (await response.text())).toBe("two");
  expect(await counts()).toEqual({ "GET http 200 - -": 1 });
});

test("servers of node:http, which Bun starts in the same way, are left alone", () => {
  const options = { onNodeHTTPRequest: () => {} };
  expect(bun.serve(options).options).toBe(options);
});

test("a server counts for the recording of the moment, and without one for none", async () => {
  const server = bun.serve({ fetch: () => new Response() });
  instrumentation.disable();
  server.request("/");
  const { serve } = bun;
  instrumentation.enable();
  expect(bun.serve).not.toBe(serve);
  server.request("/");
  expect(await counts()).toEqual({ "GET http 200 - -": 1 });
});

test("requests have the application's attributes, unless they are ignored", async () => {
  instrumentation.disable();
  const attributes = vi.fn<Describe>((request, response) => ({
    type:
      request instanceof Request && response instanceof Response
        ? String(response.headers.get("type"))
        : "none",
  }));
  const config = { attributes, requestHeaders: ["X-Plan"], ignore: ["/health", "POST /jobs/*"] };
  instrumentation = instrumentationOf(instrumented, begin, config);
  instrumentation.setMeterProvider(collecting.provider);
  const serve = deno.serve((request: unknown) => {
    if (request instanceof Request && request.url.endsWith("/fail")) throw new Error("failed");
    return new Response("", { headers: { type: "a" } });
  });
  const ask = (path: string, method = "GET"): unknown =>
    serve(new Request(`https://localhost${path}`, { method, headers: { "x-plan": "free" } }));
  ask("/");
  ask("/jobs/1");
  expect(() => ask("/fail")).toThrow("failed");
  for (const path of ["/health", "/health?full"]) ask(path);
  ask("/jobs/1", "POST");
  const points = await collecting.points("http.server.request.duration");
  expect(
    points.map(({ attributes: each, value }) => [
      each["type"],
      each["http.request.header.x-plan"],
      countOf(value),
    ]),
  ).toEqual([
    ["a", "free", 2],
    ["none", "free", 1],
  ]);
  expect(attributes).toHaveBeenCalledTimes(3);
});

test("calls of the runtime's own fetch have the application's attributes", async () => {
  instrumentation.disable();
  Object.defineProperty(process.versions, "deno", { value: "2.0.0", configurable: true });
  vi.stubGlobal("fetch", async (url: unknown) => {
    if (String(url).endsWith("/fail")) throw new TypeError("failed");
    return new Response("", { status: 201 });
  });
  vi.resetModules();
  const { begin: beginHere } = await import("../../../instrumentations/http/instrumentation.ts");
  Reflect.deleteProperty(process.versions, "deno");
  const attributes: Describe = (request, response) => ({
    url: request instanceof Request ? `${request.method} ${request.url}` : "none",
    answer: response instanceof Response ? response.status : "none",
  });
  const config = { attributes, requestHeaders: ["x-plan"] };
  instrumentation = instrumentationOf(instrumented, beginHere, config);
  instrumentation.setMeterProvider(collecting.provider);
  await fetch("http://localhost/a", { method: "post", headers: { "X-Plan": "free" }, body: "text" });
  await fetch(new Request("http://localhost/b", { headers: { "X-Plan": "paid" } }));
  await expect(fetch(new URL("http://localhost/fail"))).rejects.toThrow("failed");
  for (const metric of ["http.client.requests", "http.client.request.duration"]) {
    const points = await collecting.points(metric);
    expect(
      points.map(({ attributes: each }) =>
        ["url", "answer", "http.request.header.x-plan"].map((name) => each[name]),
      ),
    ).toEqual([
      ["POST http://localhost/a", 201, "free"],
      ["GET http://localhost/b", 201, "paid"],
      ["GET http://localhost/fail", "none", undefined],
    ]);
  }
  vi.unstubAllGlobals();
});

test("garbage in place of requests and responses changes nothing and logs nothing", async () => {
  const warnings = collectWarnings();
  const serve = deno.serve((request: unknown) => request);
  for (const garbage of [undefined, null, "request", { url: 5, status: "200" }, { status: Number.NaN }]) {
    expect(serve(garbage)).toBe(garbage);
  }
  bun.serve({ routes: { "/none": undefined, "/off": false } });
  expect(warnings).toEqual([]);
  expect(await collecting.points("http.server.request.duration")).toHaveLength(1);
});
