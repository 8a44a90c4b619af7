// The `fetch` of Bun and Deno, here a stand-in. `npm run test:matrix -- runtimes` has the real ones.
import { diag } from "@opentelemetry/api";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { http as instrumented } from "../../../instrumentations/http/index.ts";
import { collectWarnings } from "../../kit/collect-warnings.ts";
import { collectingProvider } from "../../kit/collecting.ts";
import { instrumentationOf } from "../instrumentation-of.ts";

const collecting = collectingProvider();
let end = (): void => {};

beforeEach(async () => {
  const versions = { ...process.versions, deno: "2.0.0" };
  vi.stubGlobal("process", Object.create(process, { versions: { value: versions } }));
  vi.stubGlobal("fetch", async () => new Response());
  vi.resetModules();
  const { begin } = await import("../../../instrumentations/http/instrumentation.ts");
  const instrumentation = instrumentationOf(instrumented, begin, {});
  instrumentation.setMeterProvider(collecting.provider);
  end = () => instrumentation.disable();
});

afterEach(() => {
  end();
  vi.unstubAllGlobals();
  vi.resetModules();
  diag.disable();
});

test("only requests of HTTP are counted, and invalid ones are the application's matter", async () => {
  const warnings = collectWarnings();
  for (const input of [
    "data:text/plain,one",
    "blob:http://shop/1",
    new URL("file:///etc/hosts"),
    "/orders",
    undefined,
  ])
    await Reflect.apply(fetch, undefined, [input]);
  expect(await collecting.points("http.client.requests")).toEqual([]);
  for (const input of ["http://shop/", new URL("https://shop/"), new Request("http://shop/")])
    await fetch(input);
  const [point, ...others] = await collecting.points("http.client.requests");
  expect([point?.value, others]).toEqual([3, []]);
  expect(warnings).toEqual([]);
});
