import { beforeAll, expect, test } from "vitest";
import { NO_INTERVAL } from "../../kit/no-interval.ts";
import { metricsOf, type OtlpReceiver, otlpReceiver } from "../../kit/otlp-receiver/index.ts";
import { application, packedProject } from "../../kit/packed-project.ts";
import { type ProcessExit, runNode } from "../../kit/process.ts";
import { isLong } from "../../kit/test-length.ts";
import { SHORT, waysToEnd, type WayToEnd } from "./ways-to-end.ts";

beforeAll(packedProject);

const counting = `import { metrics } from "@opentelemetry/api";
  const orders = metrics.getMeter("shop").createCounter("orders");
  orders.add(5);`;
const quiet = { TACHYMETER_HOST: "false", TACHYMETER_RUNTIME: "false", ...NO_INTERVAL };
const FLAG = ["--import", "tachymeter/register"];

/**
 * Ends that differ with a reader that pushes. Node.js delivers a signal with a listener in a later turn of the event loop. So
 * with our listener the program goes on after `process.kill()`, until the flush has ended.
 */
const DIFFERENT =
  /(?:to itself and|at once, then) process\.exit\(\d\)|to itself with a handler, no work left$/;

interface End extends ProcessExit {
  readonly stdout: string;
}

/** Runs a program to its end, and sends its signals. */
async function ended(way: WayToEnd, flags: readonly string[], env: Readonly<Record<string, string>>) {
  const cwd = await application({ "app.mjs": `${counting}\n${way.program}` });
  const child = runNode({ cwd, args: [...flags, "app.mjs"], env: { ...quiet, ...env } });
  let lines = "";
  for (const signal of way.signals ?? []) {
    lines ||= "ready";
    await child.waitForOutput(new RegExp(lines));
    if (way.isAtOnce !== true) lines += "\\s+got";
    child.kill(signal);
  }
  const exit = await child.exit;
  return { ...exit, stdout: child.stdout } satisfies End;
}

/** The values of counter `orders` that have arrived. */
function orders(receiver: OtlpReceiver): number[] {
  return receiver.requests
    .flatMap(({ body }) => metricsOf(body))
    .filter(({ name }) => name === "orders")
    .flatMap(({ points }) => points.map((point) => ("value" in point ? point.value : NaN)));
}

const isBusy = / during /;
// The flush at the natural end lets the application's handler run.
const hasTurn = /to itself with a handler, no work left$/;
const isEndless = /(?:SIGTERM|SIGINT) during an endless loop$/;

const ways = waysToEnd.filter(({ name }) => isLong || SHORT.includes(name));

test.each(ways.map((way) => [way.name, way] as const))(
  "a program ends as without the flag: %s",
  async (name, way) => {
    const receiver = await otlpReceiver();
    const pushing = { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url };
    const [bare, served, unlistened, withReader] = await Promise.all([
      ended(way, [], {}),
      ended(way, FLAG, { OTEL_METRICS_EXPORTER: "prometheus", OTEL_EXPORTER_PROMETHEUS_PORT: "0" }),
      (isLong && !hasTurn.test(name)) || isBusy.test(name)
        ? ended(way, FLAG, { ...pushing, TACHYMETER_SIGNALS: "false" })
        : undefined,
      isEndless.test(name) || DIFFERENT.test(name) ? undefined : ended(way, FLAG, pushing),
    ]);
    expect(served).toEqual(bare);
    expect(unlistened ?? bare).toEqual(bare);
    expect(withReader ?? bare).toEqual(bare);
    // Recorded 0.2 s after the signal, long before the program ends.
    const isDrained = /(?:once|on and off), sent again after 4 s/.test(name);
    expect(isDrained ? orders(receiver).at(-1) : 6).toBe(6);
  },
);

// Their own clean-up ends with the same signal.
test.each(["SIGTERM", "SIGINT"] as const)(
  "an application of NestJS with shutdown hooks ends by %s",
  async (signal) => {
    const receiver = await otlpReceiver();
    const cwd = await application(
      {
        "app.mjs": `${counting}
        import "reflect-metadata";
        import { Module } from "@nestjs/common";
        import { NestFactory } from "@nestjs/core";
        class App { onModuleDestroy() { orders.add(1); } }
        Module({})(App);
        const app = await NestFactory.create(App, { logger: false });
        await app.enableShutdownHooks().listen(0, "127.0.0.1");
        console.log("ready");`,
      },
      { libraries: true },
    );
    const env = { ...quiet, OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url };
    const child = runNode({ cwd, args: [...FLAG, "app.mjs"], env });
    await child.waitForOutput(/ready/);
    child.kill(signal);
    expect(await child.exit).toEqual({ code: null, signal });
    expect(orders(receiver).at(-1)).toBe(6);
  },
);

test("our listener leaves with the application's, and returns with a program that lives on", async () => {
  const receiver = await otlpReceiver();
  const cwd = await application({
    // The minute until then is 0.6 s.
    "fast.mjs": `const { setInterval } = globalThis;
      globalThis.setInterval = (work, millis) => setInterval(work, millis / 100);`,
    "app.mjs": `${counting}
      process.once("SIGINT", () => {});
      process.kill(process.pid, "SIGINT");
      let isGone = false;
      setInterval(() => {
        const count = process.listenerCount("SIGINT");
        if (count === 0 && !isGone) {
          isGone = true;
          console.log("gone");
        }
        if (count === 0 || !isGone) return;
        console.log("back");
        orders.add(1);
        process.kill(process.pid, "SIGINT");
        isGone = false;
      }, 1_000);`,
  });
  const child = runNode({
    cwd,
    args: ["--import", "./fast.mjs", ...FLAG, "app.mjs"],
    env: { ...quiet, OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url },
  });
  expect(await child.exit).toEqual({ code: null, signal: "SIGINT" });
  expect(child.stdout).toBe("gone\nback\n");
  // Recorded when it was back.
  expect(orders(receiver).at(-1)).toBe(6);
});
