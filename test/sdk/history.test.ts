// The history of a running Tachymeter, in real processes with all kinds of ends.
import { cpSync, existsSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { isBuiltin } from "node:module";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { type Answer, History } from "tachymeter/history";
import { gathered } from "../history/gathered.ts";
import { application, packedProject } from "../kit/packed-project.ts";
import { outputOf, type RunningProcess, runNode } from "../kit/process.ts";
import { newFolder } from "../kit/new-folder.ts";

beforeAll(packedProject);

const shop = `
  import { start } from "tachymeter";
  import { metrics } from "@opentelemetry/api";
  const quiet = { readers: [], host: false, runtime: false, instrumentations: {} };
  const order = (count, attributes) => metrics.getMeter("shop").createCounter("orders", { unit: "{order}" }).add(count, attributes);`;

interface Surroundings {
  readonly env?: Readonly<Record<string, string>>;
  readonly flags?: readonly string[];
  readonly files?: Readonly<Record<string, string>>;
}

async function run(
  program: string,
  { env = {}, flags = [], files }: Surroundings = {},
): Promise<RunningProcess> {
  const cwd = await application({ "app.mjs": program, ...files });
  return runNode({ cwd, args: [...flags, "app.mjs"], env });
}

async function ask(path: string, metric: string): Promise<Answer> {
  const history = await History.open({ path, readOnly: true });
  try {
    return await history.query({ metric });
  } finally {
    await history.close();
  }
}

async function ordersIn(path: string): Promise<number[]> {
  const { series } = await ask(path, "orders");
  return series.flatMap(({ points }) => points.map(([, value]) => value));
}

async function soldIn(path: string): Promise<unknown[]> {
  const history = await History.open({ path, readOnly: true });
  const events = await gathered(history.events({ type: "sold" }));
  await history.close();
  return events.map(({ data }) => data);
}

test("the running Tachymeter returns collected metrics with unit and type", async () => {
  const child = await run(
    `${shop}
    const telemetry = start({ ...quiet, history: { path: process.env.STORE } });
    await telemetry.ready;
    order(2, { shop: "a" });
    await telemetry.forceFlush();
    order(3, { shop: "a" });
    await telemetry.forceFlush();
    const { unit, type, series } = await telemetry.history.query({ metric: "orders_total" });
    console.log(JSON.stringify([unit, type, series.map(({ attributes, points }) => [attributes, points.map(([, value]) => value)])]));
    await telemetry.shutdown();`,
    { env: { STORE: join(newFolder("history"), "h.db") } },
  );
  expect(JSON.parse(await outputOf(child))).toEqual(["{order}", "counter", [[{ shop: "a" }, [2, 5]]]]);
});

test.each<[how: string, code: number, program: string]>([
  ["the end of its work", 0, ""],
  ["shutdown()", 0, "await telemetry.shutdown();"],
  ["process.exit(3)", 3, "process.exit(3);"],
  ["process.exit(3) after a while", 3, "setTimeout(() => process.exit(3), 300);"],
  ["an uncaught exception", 1, `throw new Error("boom");`],
])("the last interval of a process that ends by %s is stored", async (_, code, program) => {
  const path = join(newFolder("history"), "h.db");
  const child = await run(
    `${shop}
    const telemetry = start({ ...quiet, history: { path: process.env.STORE } });
    await telemetry.ready;
    order(5);
    telemetry.events.record({ event_type: "sold", source: "shop", data: 5 });
    ${program}`,
    { env: { STORE: path } },
  );
  expect(await child.exit).toEqual({ code, signal: null });
  expect((await ordersIn(path)).at(-1)).toBe(5);
  expect(await soldIn(path)).toEqual([5]);
});

test("a process that ends before its store is open has stored its measurements", async () => {
  const path = join(newFolder("history"), "h.db");
  const child = await run(
    `${shop}
    const telemetry = start({ ...quiet, history: { path: process.env.STORE } });
    order(5);
    telemetry.events.record({ event_type: "sold", source: "shop", data: 5 });
    setImmediate(() => process.exit(3));`,
    { env: { STORE: path } },
  );
  expect(await child.exit).toEqual({ code: 3, signal: null });
  expect(await ordersIn(path)).toEqual([5]);
  expect(await soldIn(path)).toEqual([5]);
});

test("with another SDK's provider, events are stored, including the last ones", async () => {
  const path = join(newFolder("history"), "h.db");
  const sdk = `import { metrics } from "@opentelemetry/api";
    import { MeterProvider } from "@opentelemetry/sdk-metrics";
    metrics.setGlobalMeterProvider(new MeterProvider());`;
  const child = await run(
    `import { running } from "tachymeter";
    await running().ready;
    running().events.record({ event_type: "sold", source: "shop", data: 1 });
    process.exit();`,
    {
      env: { TACHYMETER_HISTORY: path },
      flags: ["--import", "./sdk.mjs", "--import", "tachymeter/register"],
      files: { "sdk.mjs": sdk },
    },
  );
  await outputOf(child);
  expect(await soldIn(path)).toEqual([1]);
});

test("SIGTERM stores the last interval, and ends the process as without Tachymeter", async () => {
  const path = join(newFolder("history"), "h.db");
  const child = await run(
    `${shop}
    const telemetry = start({ ...quiet, history: { path: process.env.STORE } });
    await telemetry.ready;
    order(7);
    setInterval(() => {}, 1000);
    console.log("ready");`,
    { env: { STORE: path } },
  );
  await child.waitForOutput(/ready/);
  child.kill("SIGTERM");
  expect(await child.exit).toEqual({ code: null, signal: "SIGTERM" });
  expect((await ordersIn(path)).at(-1)).toBe(7);
});

test.each([
  ["writes the data in memory to a disk that accepts writes again", true],
  ["logs that the data in memory is lost if the disk accepts no writes", false],
])("a process that is ended by SIGTERM %s", async (_, isBack) => {
  const folder = newFolder("history");
  const path = join(folder, "disk", "h.db");
  mkdirSync(join(folder, "disk"));
  const child = await run(
    `${shop}
    import { renameSync } from "node:fs";
    const telemetry = start({ ...quiet, history: { path: process.env.STORE } });
    await telemetry.ready;
    order(7);
    await telemetry.forceFlush();
    renameSync(${JSON.stringify(join(folder, "disk"))}, ${JSON.stringify(join(folder, "aside"))});
    order(1);
    telemetry.events.record({ event_type: "sold", source: "shop", data: 5 });
    await telemetry.forceFlush();
    if (${isBack}) renameSync(${JSON.stringify(join(folder, "aside"))}, ${JSON.stringify(join(folder, "disk"))});
    setInterval(() => {}, 1000);
    console.log("ready");`,
    { env: { STORE: path } },
  );
  await child.waitForOutput(/ready/);
  child.kill("SIGTERM");
  expect(await child.exit).toEqual({ code: null, signal: "SIGTERM" });
  expect(child.stderr).toContain("data is kept in memory");
  expect(child.stderr.includes("the data in memory is lost if the process ends now")).toBe(!isBack);
  const found = isBack ? path : join(folder, "aside", "h.db");
  expect((await ordersIn(found)).at(-1)).toBe(isBack ? 8 : 7);
  expect(await soldIn(found)).toEqual(isBack ? [5] : []);
});

test("a restarted process continues with the same store", async () => {
  const path = join(newFolder("history"), "h.db");
  for (const count of [2, 3]) {
    const child = await run(
      `${shop}
      const telemetry = start({ ...quiet, history: { path: process.env.STORE } });
      order(${count});
      await telemetry.shutdown();`,
      { env: { STORE: path } },
    );
    await outputOf(child);
  }
  expect(await ordersIn(path)).toEqual([2, 3]);
});

test("TACHYMETER_HISTORY sets the file for register, or uses tachymeter.db in the working directory", async () => {
  const program = `import { running } from "tachymeter"; await running().ready; console.log("open");`;
  const flags = ["--import", "tachymeter/register"];
  const path = join(newFolder("history"), "named.db");
  await outputOf(
    await run(program, { env: { TACHYMETER_HISTORY: path, OTEL_METRICS_EXPORTER: "none" }, flags }),
  );
  expect(existsSync(path)).toBe(true);
  const cwd = await application({ "app.mjs": program });
  const env = { TACHYMETER_HISTORY: "true", OTEL_METRICS_EXPORTER: "none" };
  await outputOf(runNode({ cwd, args: [...flags, "app.mjs"], env }));
  expect(existsSync(join(cwd, "tachymeter.db"))).toBe(true);
});

test("without the option there is no history", async () => {
  const child = await run(
    `${shop}
    const telemetry = start(quiet);
    await telemetry.ready;
    console.log(telemetry.history);`,
  );
  expect(await outputOf(child)).toBe("undefined\n");
});

test("if Node.js has no SQLite, `ready` rejects with the package to install", async () => {
  const { installed, folder: project } = await packedProject();
  // A project like the packed one, without the optional peer.
  const home = newFolder("history");
  cpSync(installed, join(home, "node_modules", "tachymeter"), { recursive: true });
  for (const name of readdirSync(join(project, "node_modules")))
    if (!["tachymeter", "@photostructure"].includes(name) && !name.startsWith("."))
      symlinkSync(join(project, "node_modules", name), join(home, "node_modules", name), "junction");
  writeFileSync(
    join(home, "app.mjs"),
    `${shop}
    const telemetry = start({ ...quiet, history: true });
    await telemetry.ready.then(() => console.log("open"), (error) => console.log(error.message));
    await telemetry.shutdown();`,
  );
  const output = await outputOf(runNode({ cwd: home, args: ["app.mjs"] }));
  const hasSqlite = isBuiltin("node:sqlite");
  expect(output).toMatch(hasSqlite ? /^open$/m : / install @photostructure\/sqlite/);
});

test("a file that cannot be created rejects `ready` and is logged once, and the application continues", async () => {
  const child = await run(
    `${shop}
    const telemetry = start({ ...quiet, history: { path: "app.mjs/h.db" } });
    await telemetry.ready.catch((error) => console.log(error.constructor.name, error.message));
    order(1);
    await telemetry.forceFlush().then(() => console.log("flushed"), () => {});
    await telemetry.history.query({ metric: "orders" }).catch((error) => console.log(error.code));
    await telemetry.shutdown();
    console.log("done");`,
  );
  const output = await outputOf(child);
  expect(output).toMatch(/^AggregateError .*app\.mjs.*\n(?:TACHYMETER_\w+\n)?done\n$/s);
  expect(child.stderr.match(/cannot be written/g)).toHaveLength(1);
});

test("all invalid options are rejected together at start", async () => {
  const child = await run(
    `${shop}
    try {
      start({ ...quiet, history: { path: 3, retention: { metricsDays: -1, days: 1 }, maxBytes: 5, file: "x" } });
    } catch (error) {
      console.log(error.code, error.problems.map(({ name }) => name).join(" "));
    }
    try {
      start({ ...quiet, history: "x.db" });
    } catch (error) {
      console.log(error.code, error.problems.map(({ name }) => name).join(" "));
    }`,
  );
  expect(await outputOf(child)).toBe(
    "TACHYMETER_CONFIGURATION history.file history.path history.maxBytes history.retention.days history.retention.metricsDays\n" +
      "TACHYMETER_CONFIGURATION history\n",
  );
});
