import { once } from "node:events";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { afterAll, beforeEach, expect, test } from "vitest";
import { trpc as instrumented } from "../../../instrumentations/trpc/index.ts";
import { begin } from "../../../instrumentations/trpc/instrumentation.ts";
import { addressOf } from "../../kit/address-of.ts";
import { countOf } from "../histogram-figures.ts";
import { instrumentationOf } from "../instrumentation-of.ts";
import { measured } from "../measured.ts";

const instrumentation = instrumentationOf(instrumented, begin, {});
// Required after the instrumentation is enabled.
const require = createRequire(import.meta.url);
const { initTRPC, TRPCError }: typeof import("@trpc/server") = require("@trpc/server");
const {
  createHTTPHandler,
}: typeof import("@trpc/server/adapters/standalone") = require("@trpc/server/adapters/standalone");

const t = initTRPC.create();
// A middleware of the application, which must stay.
const asked: string[] = [];
const procedure = t.procedure.use(({ path, next }) => {
  asked.push(path);
  return next();
});
const cart = t.router({
  count: procedure.query(() => 3),
  lost: procedure.query((): number => {
    throw new TRPCError({ code: "NOT_FOUND" });
  }),
  broken: procedure.mutation((): number => {
    throw new TypeError("broken");
  }),
});
const router = t.router({ cart, ping: procedure.query(() => "pong") });
const server = createServer(createHTTPHandler({ router })).listen(0, "127.0.0.1");

const collecting = measured(instrumentation);

beforeEach(() => {
  asked.length = 0;
});

afterAll(() => {
  server.close();
  server.closeAllConnections();
});

async function calls(): Promise<Record<string, number | undefined>> {
  const points = await collecting.points("rpc.server.call.duration");
  return Object.fromEntries(
    points.map((point) => {
      const { "rpc.system.name": system, "rpc.method": method, ...others } = point.attributes;
      return [
        `${String(system)} ${String(method)} ${Object.values(others).join(" ")}`.trim(),
        countOf(point.value),
      ];
    }),
  );
}

test("calls are recorded by procedure and code, and have the same results", async () => {
  const caller = router.createCaller({});
  expect(await calls()).toEqual({});
  expect(await caller.ping()).toBe("pong");
  expect(await caller.cart.count()).toBe(3);
  expect(await caller.cart.count()).toBe(3);
  await expect(caller.cart.lost()).rejects.toMatchObject({ code: "NOT_FOUND" });
  await expect(caller.cart.broken()).rejects.toMatchObject({ cause: new TypeError("broken") });
  expect(asked).toEqual(["ping", "cart.count", "cart.count", "cart.lost", "cart.broken"]);
  expect(await calls()).toEqual({
    "trpc ping": 1,
    "trpc cart.count": 2,
    "trpc cart.lost NOT_FOUND": 1,
    "trpc cart.broken INTERNAL_SERVER_ERROR INTERNAL_SERVER_ERROR": 1,
  });
});

test("each call of a batch is recorded, and unknown procedures are not", async () => {
  if (!server.listening) await once(server, "listening");
  const url = `http://127.0.0.1:${addressOf(server).port}`;
  const batch = await fetch(`${url}/ping,cart.count,no.such?batch=1&input={}`);
  expect(await batch.json()).toMatchObject([
    { result: { data: "pong" } },
    { result: { data: 3 } },
    { error: { data: { code: "NOT_FOUND" } } },
  ]);
  expect(await calls()).toEqual({ "trpc ping": 1, "trpc cart.count": 1 });
});

test("nothing is recorded while it is disabled", async () => {
  instrumentation.disable();
  expect(await router.createCaller({}).ping()).toBe("pong");
  expect(await calls()).toEqual({});
  instrumentation.enable();
  await router.createCaller({}).ping();
  expect(await calls()).toEqual({ "trpc ping": 1 });
});

test("a call of a procedure that is joined of several ones is counted once", async (context) => {
  context.skip(!("concat" in t.procedure), "this version of the library joins no procedures");
  const other = initTRPC.create();
  const joined = t.procedure.concat(other.procedure.use(({ next }) => next())).concat(t.procedure);
  const { hello } = t.createCallerFactory(t.router({ hello: joined.query(() => "hi") }))({});
  expect(await Promise.all([hello(), hello()])).toEqual(["hi", "hi"]);
  expect(await calls()).toEqual({ "trpc hello": 2 });
});
