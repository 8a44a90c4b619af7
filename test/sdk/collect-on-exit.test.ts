import type { ServerOptions as TlsOptions } from "node:https";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, test, vi } from "vitest";
import { certificate } from "../kit/certificate.ts";
import { metricsOf, type OtlpReceiver, otlpReceiver } from "../kit/otlp-receiver/index.ts";
import { application, packedProject } from "../kit/packed-project.ts";
import { freePort, type RunningProcess, runNode } from "../kit/process.ts";
import { newFolder } from "../kit/new-folder.ts";
import { NO_INTERVAL } from "../kit/no-interval.ts";
import { isLong } from "../kit/test-length.ts";

beforeAll(packedProject);

const counting = `import { metrics } from "@opentelemetry/api";
  const orders = metrics.getMeter("shop").createCounter("orders");
  orders.add(5);`;

// Repeated, since a busy machine may delay one attempt, but not all of them.
const BUSY = { retry: 4 };

const LOST = /the process ends with \d+ data points that were not delivered/;

interface Ending {
  readonly env?: Readonly<Record<string, string>>;
  readonly flags?: readonly string[];
  readonly files?: Readonly<Record<string, string>>;
}

async function run(program: string, url: string, { env, flags, files }: Ending = {}) {
  const cwd = await application({ "app.mjs": `${counting}\n${program}`, ...files });
  return runNode({
    cwd,
    args: flags ?? ["--import", "tachymeter/register", "app.mjs"],
    env: { OTEL_EXPORTER_OTLP_ENDPOINT: url, ...NO_INTERVAL, ...env },
  });
}

/**
 * Runs a program to its end, with its own collector. If the machine was too busy for the two seconds that an exit
 * waits, which the process logs, it is run once more.
 */
async function ended(
  program: string,
  ending: Ending = {},
  tls?: TlsOptions,
): Promise<{ readonly child: RunningProcess; readonly receiver: OtlpReceiver }> {
  for (let tries = 4; ; tries--) {
    const receiver = await otlpReceiver(undefined, tls);
    const child = await run(program, receiver.url, ending);
    await child.exit;
    if (tries === 0 || !LOST.test(child.stderr)) return { child, receiver };
  }
}

/** The values of counter `orders` in all accepted requests. */
function orders(receiver: OtlpReceiver): number[] {
  return pointsOf(receiver).map(({ value }) => value);
}

function pointsOf(receiver: OtlpReceiver) {
  return receiver.requests
    .filter(({ isAccepted }) => isAccepted)
    .flatMap(({ body }) => metricsOf(body))
    .filter(({ name }) => name === "orders")
    .flatMap(({ points }) => points.filter((point) => "value" in point));
}

/** Starts a program that runs until these values, and its own first 5, have arrived. */
async function nextDelivers(values: readonly number[], receiver: OtlpReceiver, env: Ending["env"]) {
  const soon = { ...env, OTEL_METRIC_EXPORT_INTERVAL: "500" };
  await run("setInterval(() => {}, 1000);", receiver.url, { env: soon });
  await vi.waitFor(() => expect(orders(receiver).slice(0, values.length)).toEqual(values));
}

async function secondsToEnd(child: RunningProcess): Promise<number> {
  const begin = performance.now();
  await child.exit;
  return (performance.now() - begin) / 1_000;
}

test.each<[how: string, code: number, program: string]>([
  ["process.exit(3)", 3, "process.exit(3);"],
  ["process.exit() with process.exitCode", 4, "process.exitCode = 4; process.exit();"],
  ["process.exit(3) a moment later", 3, "setTimeout(() => process.exit(3), 50);"],
  ["process.exit(3) within a promise", 3, "await null; process.exit(3);"],
  [
    "process.exit(3) within a signal handler",
    3,
    `setInterval(() => {}, 1000);
     process.on("SIGTERM", () => { process.exit(3); });
     process.kill(process.pid, "SIGTERM");`,
  ],
  ["process.exit(3) within a beforeExit listener", 3, `process.on("beforeExit", () => process.exit(3));`],
  ["an uncaught exception", 1, `throw new Error("boom");`],
  ["an uncaught exception a moment later", 1, `setTimeout(() => { throw new Error("boom"); }, 20);`],
  ["an unhandled rejection", 1, `Promise.reject(new Error("boom"));`],
  [
    "a listener of the application that exits after an exception",
    9,
    `process.on("uncaughtException", () => process.exit(9)); throw new Error("handled");`,
  ],
  ["an exit listener that throws", 1, `process.on("exit", () => { throw new Error("boom"); });`],
  [
    "an exit listener that changes the code",
    8,
    `process.on("exit", () => { process.exitCode = 8; }); process.exit();`,
  ],
])("at %s the last interval is delivered, and the exit code is unchanged", async (_, code, program) => {
  const { child, receiver } = await ended(program);
  expect(await child.exit).toEqual({ code, signal: null });
  expect(orders(receiver).at(-1)).toBe(5);
  // An exception is printed as usual, and nothing else.
  const printed = child.stderr.replace(/^.*:\d+\n.*boom[^]*?Error: boom\n[^]*\nNode\.js v[\d.]+\n$/, "");
  expect(printed).toBe("");
});

test("a CommonJS program that never returns to the event loop delivers too", async () => {
  const { child, receiver } = await ended("", {
    files: {
      "app.cjs": `const { metrics } = require("@opentelemetry/api");
        metrics.getMeter("shop").createCounter("orders").add(2);
        process.exit(6);`,
    },
    flags: ["--require", "tachymeter/register", "app.cjs"],
    env: { OTEL_EXPORTER_OTLP_HEADERS: "authorization=secret", OTEL_EXPORTER_OTLP_COMPRESSION: "gzip" },
  });
  expect(await child.exit).toEqual({ code: 6, signal: null });
  expect(orders(receiver)).toEqual([2]);
  expect(receiver.requests[0]?.headers).toMatchObject({
    authorization: "secret",
    "content-encoding": "gzip",
    "user-agent": expect.stringContaining("Tachymeter-OTLP-Exporter-JavaScript"),
  });
  expect(child.stderr).toBe("");
});

test("a program that ends naturally is flushed once, and nothing is sent again at its exit", async () => {
  const receiver = await otlpReceiver();
  const child = await run("", receiver.url);
  expect(await child.exit).toEqual({ code: 0, signal: null });
  expect(orders(receiver)).toEqual([5]);
});

test("after a flush by a signal that the program handles, its exit delivers newer measurements", async () => {
  const receiver = await otlpReceiver();
  const child = await run(
    `import { subscribe } from "node:diagnostics_channel";
     const stay = setInterval(() => {}, 1000);
     process.on("SIGTERM", () => {});
     // After the response to the flush.
     subscribe("http.client.response.finish", () => setTimeout(() => { orders.add(1); process.exit(2); }, 200));
     console.log("ready");`,
    receiver.url,
    { env: { OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE: "delta" } },
  );
  await child.waitForOutput(/ready/);
  child.kill();
  expect(await child.exit).toEqual({ code: 2, signal: null });
  expect(orders(receiver)).toEqual([5, 1]);
});

// Records all the time, and collects every 20 ms: exits interrupt collections, encodings, appends and requests.
const recordingAllTheTime = `
  import { start } from "tachymeter";
  const options = { readers: ["otlp"], host: false, runtime: false, instrumentations: {}, collectionInterval: 0.02 };
  const orders = start(options).meterProvider.getMeter("shop").createCounter("orders");
  let count = 0;
  const record = () => { orders.add(1); count++; };
  const recordOn = () => { record(); setImmediate(recordOn); };
  recordOn();
  const end = () => { console.log("counted", count); process.exit(3); };
  let steps = Number(process.argv[3]);
  const step = () => { record(); if (steps-- > 0) Promise.resolve().then(step); else end(); };
  setTimeout(step, Number(process.argv[2]));`;

test.each(["in memory", "in an outbox"])(
  "exits at random moments, within promise chains too, lose no count that waits %s",
  async (where) => {
    const cwd = await application({ "app.mjs": recordingAllTheTime });
    const { installed } = await packedProject();
    const rounds = Array.from({ length: isLong ? 20 : 3 }, async (_, round) => {
      while (!(await losesNothing(round)));
    });
    await Promise.all(rounds);

    // Whether the exit had enough time; on a busy machine the result may be missing.
    async function losesNothing(round: number): Promise<boolean> {
      const receiver = await otlpReceiver();
      const env = {
        OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
        OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE: "delta",
      };
      const outbox = {
        OTEL_EXPORTER_OTLP_ENDPOINT: "http://127.0.0.1:1",
        TACHYMETER_OUTBOX_DIRECTORY: newFolder("last"),
      };
      const args = ["app.mjs", `${Math.random() * 300}`, `${round % 2 === 0 ? 0 : Math.random() * 2_000}`];
      const child = runNode({ cwd, args, env: { ...env, ...(where === "in an outbox" && outbox) } });
      expect(await child.exit).toEqual({ code: 3, signal: null });
      if (LOST.test(child.stderr)) return false;
      if (where === "in an outbox") {
        const tool = join(installed, "dist", "tachymeter.js");
        const directory = outbox.TACHYMETER_OUTBOX_DIRECTORY;
        await runNode({ cwd, args: [tool, "flush", directory], env }).exit;
      }
      // A request still without a response is sent once more: the same interval twice.
      const values = new Map<string, number>();
      for (const point of pointsOf(receiver)) {
        values.set(`${point.startTimeUnixNano} ${point.timeUnixNano}`, point.value);
      }
      const sum = [...values.values()].reduce((total, value) => total + value, 0);
      expect(sum).toBe(Number(/counted (\d+)/.exec(child.stdout)?.[1]));
      return true;
    }
  },
);

test.each([
  ["hangs", 3.5],
  ["refuses connections", 2],
])("if the collector %s the exit is bounded, and logs the loss", BUSY, async (how, limit) => {
  const receiver = await otlpReceiver();
  receiver.answer = "hang";
  if (how !== "hangs") await receiver.close();
  const child = await run(`console.log("ready"); process.exit(3);`, receiver.url);
  await child.waitForOutput(/ready/);
  expect(await secondsToEnd(child)).toBeLessThan(limit);
  expect(await child.exit).toEqual({ code: 3, signal: null });
  expect(child.stderr).toMatch(LOST);
});

test("with an outbox the last interval is kept for the next start, and the exit does not wait", async () => {
  const port = await freePort();
  const directory = newFolder("last");
  const env = {
    TACHYMETER_OUTBOX_DIRECTORY: directory,
    OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE: "delta",
  };
  const url = `http://127.0.0.1:${port}`;
  for (const [program, code] of [
    ["process.exit(3);", 3],
    [`orders.add(1); throw new Error("boom");`, 1],
    [
      `orders.add(2); setInterval(() => {}, 1000);
       process.on("uncaughtException", () => process.kill(process.pid, "SIGKILL"));
       throw new Error("boom");`,
      null,
    ],
  ] as const) {
    const child = await run(program, url, { env });
    expect((await child.exit).code).toBe(code);
  }
  const receiver = await otlpReceiver(port);
  await nextDelivers([5, 6, 7, 5], receiver, env);
});

test("with an outbox, newer measurements are kept if the flush of a signal hangs", BUSY, async () => {
  const receiver = await otlpReceiver();
  receiver.answer = "hang";
  const env = { TACHYMETER_OUTBOX_DIRECTORY: newFolder("last") };
  const child = await run(
    `console.log("ready"); setTimeout(() => orders.add(100), 2_000); setInterval(() => {}, 1000);`,
    receiver.url,
    { env },
  );
  await child.waitForOutput(/ready/);
  child.kill();
  expect(await child.exit).toEqual({ code: null, signal: "SIGTERM" });
  receiver.answer = "ok";
  await nextDelivers([5, 105, 5], receiver, env);
});

test("with an outbox, a flush at the end does not wait for an unreachable collector", async () => {
  const port = await freePort();
  const env = { TACHYMETER_OUTBOX_DIRECTORY: newFolder("last") };
  const url = `http://127.0.0.1:${port}`;
  for (const program of ["", "process.kill(process.pid, 'SIGTERM'); setInterval(() => {}, 1000);"]) {
    const child = await run(program, url, { env });
    await child.exit;
    expect(child.stderr).toContain("attempts failed");
    expect(child.stderr).not.toContain("last flush: not finished");
  }
  const receiver = await otlpReceiver(port);
  await nextDelivers([5, 5, 5], receiver, env);
});

test("acknowledged collections of a killed process arrive in order after the next start", async () => {
  const port = await freePort();
  const env = { TACHYMETER_OUTBOX_DIRECTORY: newFolder("last"), OTEL_EXPORTER_OTLP_TIMEOUT: "20" };
  const url = `http://127.0.0.1:${port}`;
  const child = await run(
    `import { running } from "tachymeter";
     await running().ready;
     for (let collection = 0; collection < 4; collection++) {
       await running().forceFlush();
       orders.add(1);
     }
     process.kill(process.pid, "SIGKILL");`,
    url,
    { env },
  );
  expect((await child.exit).signal).toBe("SIGKILL");
  const receiver = await otlpReceiver(port);
  // The fifth was recorded after the last collection.
  await nextDelivers([5, 6, 7, 8, 5], receiver, { ...env, OTEL_EXPORTER_OTLP_TIMEOUT: "5000" });
});

test("with another SDK's provider, waiting collections are delivered", BUSY, async () => {
  const receiver = await otlpReceiver();
  receiver.next.push({ status: 503, retryAfter: "60" });
  const child = await run(
    `import { start } from "tachymeter";
     import { MeterProvider } from "@opentelemetry/sdk-metrics";
     const telemetry = start({ createMeterProvider: (options) => new MeterProvider(options) });
     orders.add(1);
     const shop = telemetry.meterProvider.getMeter("shop");
     const counter = shop.createCounter("orders");
     counter.add(5);
     telemetry.forceFlush();
     setTimeout(() => { counter.add(1); process.exit(3); }, 1_000);`,
    receiver.url,
    { flags: ["app.mjs"] },
  );
  expect(await child.exit).toEqual({ code: 3, signal: null });
  expect(orders(receiver)).toEqual([5]);
});

test("over TLS, with the certificate in the variables, the last interval is delivered", async () => {
  const tls = await certificate();
  const ending = { env: { OTEL_EXPORTER_OTLP_CERTIFICATE: tls.certFile } };
  const { child, receiver } = await ended("process.exit(3);", ending, tls);
  expect(await child.exit).toEqual({ code: 3, signal: null });
  expect(orders(receiver)).toEqual([5]);
});

test("the document of reader json is written at once, with what was registered just before", async () => {
  const file = join(newFolder("last"), "metrics.json");
  const program = `import { running } from "tachymeter";
    running().collector.registerCounter("idle_total");
    process.exit(3);`;
  const child = await run(program, "", {
    env: {
      OTEL_EXPORTER_OTLP_ENDPOINT: "http://127.0.0.1:1",
      OTEL_METRICS_EXPORTER: "json",
      TACHYMETER_JSON_FILE: file,
    },
  });
  expect(await child.exit).toEqual({ code: 3, signal: null });
  const { metrics }: { metrics: Record<string, unknown> } = JSON.parse(readFileSync(file, "utf8"));
  expect(metrics["orders_total"] ?? metrics["orders"]).toMatchObject({ value: 5 });
  expect(metrics["idle_total"]).toMatchObject({ value: 0 });
});

test("with only a Prometheus reader, the flush is the only listener at the end of the process", async () => {
  const child = await run(
    `console.log(process.listenerCount("uncaughtExceptionMonitor")); process.exit();`,
    "",
    { env: { OTEL_METRICS_EXPORTER: "prometheus", OTEL_EXPORTER_PROMETHEUS_PORT: "0" } },
  );
  await child.exit;
  expect(child.stdout).toBe("0\n");
});

test("an exit during the shutdown loses nothing, and an exit after it sends nothing again", async () => {
  for (const [word, listeners] of [
    ["void", 1],
    ["await", 0],
  ]) {
    const { child, receiver } = await ended(
      `import { running } from "tachymeter";
       ${word} running().shutdown();
       console.log(process.listenerCount("uncaughtExceptionMonitor"));
       process.exit(2);`,
    );
    expect(await child.exit).toEqual({ code: 2, signal: null });
    expect(child.stdout).toBe(`${listeners}\n`);
    expect(orders(receiver)).toEqual([5]);
  }
});

test("the exit of an application's worker thread has no effect", async () => {
  const { child, receiver } = await ended(
    `import { Worker } from "node:worker_threads";
     new Worker("process.exit(5)", { eval: true }).on("exit", (code) => { console.log("worker", code); orders.add(1); process.exit(3); });`,
  );
  expect(await child.exit).toEqual({ code: 3, signal: null });
  expect(child.stdout).toBe("worker 5\n");
  expect(orders(receiver)).toEqual([6]);
});
