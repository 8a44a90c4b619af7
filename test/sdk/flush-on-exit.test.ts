import { beforeAll, expect, onTestFinished, test } from "vitest";
import { NO_INTERVAL } from "../kit/no-interval.ts";
import { type OtlpReceiver, otlpReceiver } from "../kit/otlp-receiver/index.ts";
import { application, packedProject } from "../kit/packed-project.ts";
import { type RunningProcess, runNode } from "../kit/process.ts";

beforeAll(packedProject);

// The collector receives only the flush at the end.
const counting = `import { metrics } from "@opentelemetry/api";
  metrics.getMeter("shop").createCounter("orders").add(5);`;
// Repeated, since a busy machine may delay one attempt, but not all of them.
const BUSY = { retry: 4 };
const staying = `console.log("ready"); setInterval(() => {}, 1000);`;

async function run(program: string, receiver: OtlpReceiver, env: Readonly<Record<string, string>> = {}) {
  const cwd = await application({ "app.mjs": `${counting}\n${program}` });
  return runNode({
    cwd,
    args: ["--import", "tachymeter/register", "app.mjs"],
    env: { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url, ...NO_INTERVAL, ...env },
  });
}

/** The value of counter `orders` in the last request, or `undefined`. */
function orders(receiver: OtlpReceiver): number | undefined {
  const point = receiver.metric("orders")?.points[0];
  return point !== undefined && "value" in point ? point.value : undefined;
}

async function secondsToEnd(child: RunningProcess): Promise<number> {
  const begin = performance.now();
  await child.exit;
  return (performance.now() - begin) / 1_000;
}

test.each([0, 7])(
  "a program that ends naturally exports its last metrics and keeps exit code %i",
  async (code) => {
    const receiver = await otlpReceiver();
    const child = await run(`process.exitCode = ${code};`, receiver);
    expect(await child.exit).toEqual({ code, signal: null });
    expect(orders(receiver)).toBe(5);
  },
);

test.each(["SIGTERM", "SIGINT"] as const)(
  "%s ends a program as usual, after exporting its last metrics",
  async (signal) => {
    const receiver = await otlpReceiver();
    const child = await run(staying, receiver);
    await child.waitForOutput(/ready/);
    child.kill(signal);
    expect(await child.exit).toEqual({ code: null, signal });
    expect(orders(receiver)).toBe(5);
  },
);

const signalExit3 = `import onExit3 from "signal-exit-3"; onExit3((code, signal) => console.log("3 saw", signal));`;
const signalExit4 = `import { onExit as onExit4 } from "signal-exit"; onExit4((code, signal) => console.log("4 saw", signal));`;

test.each([
  ["signal-exit 3", signalExit3, ["3 saw SIGTERM"]],
  ["signal-exit 4", signalExit4, ["4 saw SIGTERM"]],
  ["signal-exit 3 and 4", signalExit3 + signalExit4, ["3 saw SIGTERM", "4 saw SIGTERM"]],
])("with %s a signal ends the program, and both do their work", async (_, program, seen) => {
  const receiver = await otlpReceiver();
  const child = await run(`${program}\n${staying}`, receiver);
  await child.waitForOutput(/ready/);
  child.kill("SIGTERM");
  expect(await child.exit).toEqual({ code: null, signal: "SIGTERM" });
  expect(orders(receiver)).toBe(5);
  for (const line of seen) expect(child.stdout).toContain(line);
});

test("a handler of the application that waits and then exits decides the exit code", async () => {
  const receiver = await otlpReceiver();
  const child = await run(
    `process.on("SIGTERM", () => setTimeout(() => process.exit(9), 500)); ${staying}`,
    receiver,
  );
  await child.waitForOutput(/ready/);
  child.kill();
  expect(await child.exit).toEqual({ code: 9, signal: null });
  expect(orders(receiver)).toBe(5);
});

test("a handler of the application that lets the program finish ends it naturally", async () => {
  const receiver = await otlpReceiver();
  const child = await run(
    `console.log("ready"); const stay = setInterval(() => {}, 1000);
     process.once("SIGTERM", () => setTimeout(() => { clearInterval(stay); process.exitCode = 4; }, 300));`,
    receiver,
  );
  await child.waitForOutput(/ready/);
  child.kill();
  expect(await child.exit).toEqual({ code: 4, signal: null });
  expect(orders(receiver)).toBe(5);
});

test("a handler of the application that exits at once is not delayed", BUSY, async () => {
  const receiver = await otlpReceiver();
  receiver.answer = "hang";
  const child = await run(`process.on("SIGTERM", () => process.exit(0)); ${staying}`, receiver);
  await child.waitForOutput(/ready/);
  child.kill();
  expect(await secondsToEnd(child)).toBeLessThan(3);
  expect(await child.exit).toEqual({ code: 0, signal: null });
});

test("a handler that ignores the signal keeps the program running", async () => {
  const receiver = await otlpReceiver();
  const child = await run(`process.on("SIGINT", () => console.log("ignored")); ${staying}`, receiver);
  await child.waitForOutput(/ready/);
  child.kill("SIGINT");
  await child.waitForOutput(/ignored/);
  await expect.poll(() => orders(receiver)).toBe(5);
  child.kill("SIGTERM");
  expect(await child.exit).toEqual({ code: null, signal: "SIGTERM" });
});

test.each(["by itself", "by SIGTERM"])(
  "with a collector that hangs, a program ends %s within 5 s",
  BUSY,
  async (how) => {
    const receiver = await otlpReceiver();
    receiver.answer = "hang";
    const child = await run(
      how === "by itself" ? "console.log('ready'); process.exitCode = 3;" : staying,
      receiver,
    );
    await child.waitForOutput(/ready/);
    if (how === "by SIGTERM") child.kill();
    // Five seconds for the flush, the rest for a busy machine.
    expect(await secondsToEnd(child)).toBeLessThan(8);
    expect(child.stderr).toContain("last flush: not finished after 5 s, so the latest metrics may be lost");
    expect(await child.exit).toEqual(
      how === "by itself" ? { code: 3, signal: null } : { code: null, signal: "SIGTERM" },
    );
  },
);

// One that begins before the end, and one that the end itself begins.
test.each([
  ["by itself", ""],
  ["by SIGTERM", ""],
  ["by SIGTERM", "void running().forceFlush();"],
])(
  "with a callback that never ends, a program that ends %s exports its last metrics; %s",
  async (how, begin) => {
    const receiver = await otlpReceiver();
    const child = await run(
      `import { running } from "tachymeter";
     metrics.getMeter("shop").createObservableGauge("load").addCallback(() => new Promise(() => {}));
     ${begin}
     ${how === "by itself" ? "console.log('ready');" : staying}`,
      receiver,
    );
    await child.waitForOutput(/ready/);
    if (how === "by SIGTERM") child.kill();
    expect(await child.exit).toEqual(
      how === "by itself" ? { code: 0, signal: null } : { code: null, signal: "SIGTERM" },
    );
    expect(orders(receiver)).toBe(5);
    expect(child.stderr).not.toContain("last flush");
  },
);

test("a second signal ends a program whose flush hangs at once", BUSY, async () => {
  const receiver = await otlpReceiver();
  receiver.answer = "hang";
  const child = await run(staying, receiver);
  await child.waitForOutput(/ready/);
  child.kill("SIGINT");
  await expect.poll(() => receiver.requests.length).toBe(1);
  const pressing = setInterval(() => child.kill("SIGINT"), 100);
  onTestFinished(() => clearInterval(pressing));
  expect(await secondsToEnd(child)).toBeLessThan(3);
  expect(await child.exit).toEqual({ code: null, signal: "SIGINT" });
});

test.skipIf(process.platform === "win32")(
  "a signal that npm passes on does not end the flush after the same signal from the terminal",
  async () => {
    const receiver = await otlpReceiver();
    const cwd = await application({
      "package.json": JSON.stringify({ scripts: { start: "node --import tachymeter/register app.mjs" } }),
      "app.mjs": `${counting}
        const slow = () => new Promise((resolve) => setTimeout(resolve, 300));
        metrics.getMeter("shop").createObservableGauge("load").addCallback(slow);
        ${staying}`,
    });
    const child = runNode({
      cwd,
      command: "npm",
      args: ["start"],
      // It has no process of its own, as those of most systems.
      env: { npm_config_script_shell: "bash", OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url, ...NO_INTERVAL },
    });
    await child.waitForOutput(/ready/);
    process.kill(-child.pid, "SIGINT");
    await child.exit;
    expect(orders(receiver)).toBe(5);
  },
);

test(
  "a program that exits while the flush after a signal is under way ends by the signal",
  BUSY,
  async () => {
    const receiver = await otlpReceiver();
    receiver.answer = "hang";
    const child = await run(`${staying} setTimeout(() => process.exit(0), 1_500);`, receiver);
    await child.waitForOutput(/ready/);
    child.kill();
    expect(await child.exit).toEqual({ code: null, signal: "SIGTERM" });
  },
);

test("work started by an application's beforeExit listener is done, and flushed too", async () => {
  const receiver = await otlpReceiver();
  const child = await run(
    `let once = true;
     process.on("beforeExit", () => {
       if (!once) return;
       once = false;
       setTimeout(() => metrics.getMeter("shop").createCounter("orders").add(2), 1_000);
     });`,
    receiver,
  );
  expect(await child.exit).toEqual({ code: 0, signal: null });
  expect(orders(receiver)).toBe(7);
});

test.each(["on", "once"])(
  "with a beforeExit listener added by `%s`, a program with a hanging collector ends after the listener's work",
  BUSY,
  async (registration) => {
    const receiver = await otlpReceiver();
    receiver.answer = "hang";
    const child = await run(
      `let begun = false;
       process.${registration}("beforeExit", () => {
         if (begun) return;
         begun = true;
         setTimeout(() => console.log("work done"), 6_500);
       });`,
      receiver,
      { OTEL_EXPORTER_OTLP_TIMEOUT: "6000" },
    );
    expect(await secondsToEnd(child)).toBeLessThan(11);
    expect(await child.exit).toEqual({ code: 0, signal: null });
    expect(child.stdout).toBe("work done\n");
  },
);

test(
  "an exporter that still works after its flush does not prevent a program from ending",
  BUSY,
  async () => {
    const receiver = await otlpReceiver();
    const child = await run(
      `import { running, start } from "tachymeter";
     import { PeriodicExportingMetricReader } from "tachymeter/metrics";
     await running().shutdown();
     process.on("beforeExit", () => {});
     const exporter = {
       export: (_, done) => { setTimeout(() => {}, 200); done({ code: 0 }); },
       forceFlush: async () => {},
       shutdown: async () => {},
     };
     start({ readers: [new PeriodicExportingMetricReader({ exporter })] });`,
      receiver,
    );
    expect(await secondsToEnd(child)).toBeLessThan(8);
    expect(await child.exit).toEqual({ code: 0, signal: null });
  },
);

test("a provider whose flush throws synchronously does not change the exit code", async () => {
  const receiver = await otlpReceiver();
  const child = await run(
    `import { createNoopMeter } from "@opentelemetry/api";
     import { running, start } from "tachymeter";
     await running().shutdown();
     const forceFlush = () => { throw new Error("not mine to flush"); };
     start({ readers: [], createMeterProvider: () => ({ getMeter: () => createNoopMeter(), forceFlush }) });
     process.exitCode = 3;`,
    receiver,
  );
  expect(await child.exit).toEqual({ code: 3, signal: null });
});

test("after shutdown there are no signal listeners of ours", async () => {
  const receiver = await otlpReceiver();
  const child = await run(
    `import { running } from "tachymeter";
     await running().shutdown();
     console.log(["SIGTERM", "SIGINT", "beforeExit"].map((name) => process.listenerCount(name)).join());
     console.log(running());`,
    receiver,
  );
  expect(await child.exit).toEqual({ code: 0, signal: null });
  expect(child.stdout).toBe("0,0,0\nundefined\n");
  expect(orders(receiver)).toBe(5);
});

test("as process 1 of a container, whose signals have no default action, a program ends too", async (context) => {
  const receiver = await otlpReceiver();
  const cwd = await application({ "app.mjs": `${counting}\nconsole.log("pid", process.pid); ${staying}` });
  const probe = runNode({ cwd, command: "unshare", args: ["--pid", "--fork", "--kill-child", "true"] });
  context.skip(
    (await probe.exit).code !== 0,
    "this system lets nobody make a process namespace with unshare",
  );
  const child = runNode({
    cwd,
    command: "unshare",
    args: ["--pid", "--fork", "--kill-child", process.execPath, "--import", "tachymeter/register", "app.mjs"],
    env: { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url },
  });
  await child.waitForOutput(/pid 1\n[^]*ready/);
  const inside = runNode({ cwd, command: "pgrep", args: ["-P", `${child.pid}`] });
  await inside.exit;
  process.kill(Number(inside.stdout.trim()), "SIGTERM");
  expect((await child.exit).code).toBe(143);
  expect(orders(receiver)).toBe(5);
});

test("a successful shutdown logs nothing", async () => {
  const receiver = await otlpReceiver();
  const child = await run(
    `import { running } from "tachymeter"; await running().ready; await running().shutdown();`,
    receiver,
    { OTEL_METRICS_EXPORTER: "otlp,prometheus", OTEL_EXPORTER_PROMETHEUS_PORT: "0", OTEL_LOG_LEVEL: "warn" },
  );
  expect(await child.exit).toEqual({ code: 0, signal: null });
  expect(child.stderr).toBe("");
});
