import { ConfigurationError, start } from "tachymeter";
import { beforeAll, expect, test, vi } from "vitest";
import { NO_INTERVAL } from "../kit/no-interval.ts";
import { otlpReceiver } from "../kit/otlp-receiver/index.ts";
import { application, packedProject } from "../kit/packed-project.ts";
import { runNode } from "../kit/process.ts";

beforeAll(packedProject);

const quiet = { TACHYMETER_HOST: "false", TACHYMETER_RUNTIME: "false", OTEL_METRICS_EXPORTER: "none" };

/** Runs an ES module, by default under the flag, and returns its exit code, output and duration. */
async function ended(
  text: string,
  {
    env = {},
    signals = [],
    isRegistered = true,
  }: {
    env?: Record<string, string>;
    signals?: readonly NodeJS.Signals[];
    isRegistered?: boolean;
  } = {},
): Promise<{ code: number | null; signal: string | null; stdout: string; stderr: string; millis: number }> {
  const cwd = await application({ "app.mjs": text });
  const child = runNode({
    cwd,
    args: isRegistered ? ["--import", "tachymeter/register", "app.mjs"] : ["app.mjs"],
    env: { ...quiet, ...env },
    openInput: true,
  });
  let since = performance.now();
  if (signals.length > 0) await child.waitForOutput(/ready/);
  for (const signal of signals) {
    since = performance.now();
    child.kill(signal);
    await child.waitForOutput(new RegExp(`got ${signal}|ready`));
  }
  const { code, signal } = await child.exit;
  return { code, signal, stdout: child.stdout, stderr: child.stderr, millis: performance.now() - since };
}

test("a program that awaits a hanging check or exporter continues after the time-out", async () => {
  const { code, stdout } = await ended(`
    import { Health, MetricsExporter, MultiExporter, TelemetryCollector } from "tachymeter/facades";
    const health = new Health();
    health.register("database", () => new Promise(() => {}), { timeout: 0.3 });
    console.log((await health.check()).components.database.status);
    class Hanging extends MetricsExporter { exportMetrics() { return new Promise(() => {}); } }
    await new MultiExporter([new Hanging()], { timeout: 0.3 })
      .exportMetrics(new TelemetryCollector())
      .catch((error) => console.log(error.message));`);
  expect(stdout).toBe("unhealthy\nmulti exporter: 1 of 1 exporters failed; see errors for why\n");
  expect(code).toBe(0);
});

test.each(["shutdown", "forceFlush"])(
  "a program that awaits %s() of its own provider exports, despite a callback that never ends",
  async (end) => {
    const { code, stdout } = await ended(
      `
      import { MeterProvider, PeriodicExportingMetricReader } from "tachymeter/metrics";
      const exporter = {
        export: (metrics, done) => {
          console.log(metrics.scopeMetrics.flatMap((scope) => scope.metrics.map((metric) => metric.descriptor.name)).join());
          done({ code: 0 });
        },
        forceFlush: async () => {},
        shutdown: async () => {},
      };
      const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 5_000, exportTimeoutMillis: 300 });
      const provider = new MeterProvider({ readers: [reader] });
      const meter = provider.getMeter("shop");
      meter.createCounter("orders").add(1);
      meter.createObservableGauge("load").addCallback(() => new Promise(() => {}));
      await provider.${end}();
      console.log("ended");`,
      { isRegistered: false },
    );
    expect(stdout).toBe("orders\nended\n");
    expect(code).toBe(0);
  },
);

test("a check that is not awaited does not keep the program alive", async () => {
  const { code, millis } = await ended(`
    import { Health } from "tachymeter/facades";
    new Health().register("database", () => new Promise(() => {}), { timeout: 3_000 });`);
  expect(code).toBe(0);
  expect(millis).toBeLessThan(60_000);
});

test("forceFlush() writes the event log and the history's events", async () => {
  const { code, stdout } = await ended(
    `
    import { readFileSync } from "node:fs";
    import { running } from "tachymeter";
    import { History } from "tachymeter/history";
    const telemetry = running();
    await telemetry.ready;
    telemetry.events.record({ event_type: "order", source: "shop" });
    await telemetry.forceFlush();
    console.log(JSON.parse(readFileSync("events.jsonl", "utf8")).event_type);
    const history = await History.open({ path: "tachymeter.db", readOnly: true });
    for await (const { event_type } of history.events()) console.log(event_type);
    await history.close();`,
    { env: { TACHYMETER_EVENT_LOG: "events.jsonl", TACHYMETER_HISTORY: "true" } },
  );
  expect(stdout).toBe("order\norder\n");
  expect(code).toBe(0);
});

const recording = `
  import { running } from "tachymeter";
  running().collector.registerCounter("jobs").increment();`;

function otlpTo(port: number | string): Record<string, string> {
  return { OTEL_METRICS_EXPORTER: "otlp", OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}` };
}

test("a program without a reachable receiver ends after one more attempt", async () => {
  const { code, stdout, stderr } = await ended(
    `${recording}
    const begin = performance.now();
    process.on("exit", () => console.log(performance.now() - begin < 4_000 ? "soon" : "late"));`,
    { env: { ...otlpTo(9), ...NO_INTERVAL, TACHYMETER_EXIT_TIMEOUT: "60" } },
  );
  expect(stdout).toBe("soon\n");
  expect(stderr.match(/ECONNREFUSED/g)).toHaveLength(1);
  expect(code).toBe(0);
});

test("a program with its own SIGTERM handler and a hanging receiver ends within the exit time-out", async () => {
  const receiver = await otlpReceiver();
  receiver.answer = "hang";
  const { stdout, code } = await ended(
    `${recording}
    let begin;
    process.once("SIGTERM", () => { begin = performance.now(); console.log("got SIGTERM"); process.stdin.destroy(); });
    process.on("exit", () => console.log(performance.now() - begin < 4_000 ? "soon" : "late"));
    process.stdin.resume();
    console.log("ready");`,
    {
      env: { ...otlpTo(new URL(receiver.url).port), TACHYMETER_EXIT_TIMEOUT: "0.5" },
      signals: ["SIGTERM"],
    },
  );
  expect(stdout).toBe("ready\ngot SIGTERM\nsoon\n");
  expect(code).toBe(0);
});

/** Starts a program under the flag that records, runs `text` and waits for signals. */
async function waitingProgram(
  receiverUrl: string,
  text: string,
  env: Record<string, string> = {},
): Promise<ReturnType<typeof runNode>> {
  const cwd = await application({
    "app.mjs": `${recording}
      ${text}
      process.stdin.resume();
      console.log("ready");`,
  });
  const child = runNode({
    cwd,
    args: ["--import", "tachymeter/register", "app.mjs"],
    env: { ...quiet, ...otlpTo(new URL(receiverUrl).port), ...NO_INTERVAL, ...env },
    openInput: true,
  });
  await child.waitForOutput(/ready/);
  return child;
}

test("a second signal ends the process at once, also a different one", async () => {
  const receiver = await otlpReceiver();
  receiver.answer = "hang";
  const child = await waitingProgram(receiver.url, "", { TACHYMETER_EXIT_TIMEOUT: "600" });
  child.kill("SIGINT");
  await vi.waitFor(() => expect(receiver.requests).toHaveLength(1));
  child.kill("SIGTERM");
  expect(await child.exit).toMatchObject({ signal: "SIGTERM" });
});

test("a signal after one that the application handled ends the process at once", async () => {
  const receiver = await otlpReceiver();
  receiver.answer = "hang";
  const child = await waitingProgram(
    receiver.url,
    `
      process.once("SIGTERM", () => console.log("draining"));`,
    { TACHYMETER_EXIT_TIMEOUT: "600" },
  );
  child.kill("SIGTERM");
  await child.waitForOutput(/draining/);
  child.kill("SIGINT");
  expect(await child.exit).toMatchObject({ signal: "SIGINT" });
});

test("a signal that the application survives does not prevent the flush after the next one", async () => {
  const receiver = await otlpReceiver();
  const child = await waitingProgram(
    receiver.url,
    `
      process.once("SIGINT", async () => {
        await running().forceFlush();
        running().collector.registerCounter("late").increment();
        console.log("survived");
      });`,
  );
  child.kill("SIGINT");
  await child.waitForOutput(/survived/);
  // The flush after SIGINT has ended when the receiver has its last request.
  await vi.waitFor(() => expect(receiver.requests.length).toBeGreaterThanOrEqual(2));
  const before = receiver.requests.length;
  await new Promise((resolve) => setTimeout(resolve, 300));
  child.kill("SIGTERM");
  expect(await child.exit).toMatchObject({ signal: "SIGTERM" });
  expect(receiver.requests.length).toBeGreaterThan(before);
});

test("a JSON reader whose URL never responds delays the process for at most the exit time-out", async () => {
  const receiver = await otlpReceiver();
  receiver.answer = "hang";
  const { stdout, code } = await ended(
    `
    import { start } from "tachymeter";
    start({
      readers: [{ type: "json", url: ${JSON.stringify(receiver.url)}, interval: 600 }],
      exitTimeout: 0.5,
      host: false,
      runtime: false,
    }).collector.registerCounter("jobs").increment();
    let begin;
    process.once("SIGTERM", () => { begin = performance.now(); console.log("got SIGTERM"); process.stdin.destroy(); });
    process.on("exit", () => console.log(performance.now() - begin < 8_000 ? "soon" : "late"));
    process.stdin.resume();
    console.log("ready");`,
    { signals: ["SIGTERM"], isRegistered: false },
  );
  expect(stdout).toBe("ready\ngot SIGTERM\nsoon\n");
  expect(code).toBe(0);
});

test("process.exit() keeps the host metrics in the JSON document", async () => {
  const { code, stdout } = await ended(
    `
    import { readFileSync } from "node:fs";
    import { running } from "tachymeter";
    running().collector.registerCounter("jobs").increment(3);
    await running().forceFlush();
    running().collector.registerCounter("jobs").increment(4);
    process.on("exit", () => {
      const { metrics } = JSON.parse(readFileSync("tachymeter.json", "utf8"));
      console.log(metrics.jobs.value, Object.keys(metrics).includes("process_uptime_seconds"));
    });
    process.exit(3);`,
    { env: { OTEL_METRICS_EXPORTER: "json", TACHYMETER_HOST: "true" } },
  );
  expect(stdout).toBe("7 true\n");
  expect(code).toBe(3);
});

test("the flushes after a signal and at the natural end share the exit time-out", async () => {
  const { stdout, stderr, code } = await ended(
    `
    import { setTimeout } from "node:timers/promises";
    import { start } from "tachymeter";
    import { InMemoryMetricExporter, PeriodicExportingMetricReader } from "tachymeter/metrics";
    class SlowExporter extends InMemoryMetricExporter {
      async forceFlush() {
        await setTimeout(1_000);
        process.stdin.destroy();
      }
    }
    const reader = new PeriodicExportingMetricReader({ exporter: new SlowExporter(0) });
    start({ readers: [reader], exitTimeout: 1.5, host: false, runtime: false });
    process.once("SIGTERM", () => console.log("got SIGTERM"));
    process.stdin.resume();
    console.log("ready");`,
    { signals: ["SIGTERM"], isRegistered: false },
  );
  expect(stdout).toBe("ready\ngot SIGTERM\n");
  expect(stderr.match(/last flush: not finished after 1.5 s/g)).toHaveLength(1);
  expect(code).toBe(0);
});

test("an exit time-out that is not a number of seconds is a configuration error", () => {
  expect(() => start({ readers: [], exitTimeout: -1 })).toThrow(ConfigurationError);
});
