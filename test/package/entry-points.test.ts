import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { application, packedProject } from "../kit/packed-project.ts";
import { outputOf, runNode } from "../kit/process.ts";
import { ownEntryPoints } from "../kit/source-imports.ts";

const entryPoints = [...ownEntryPoints.keys()];

// Prints the active resources before and after importing an entry point, and the wrong names of its classes.
const importing = `
  import { setImmediate } from "node:timers/promises";
  const seen = () => ({
    // Requests of the module loader, which end by themselves.
    resources: process.getActiveResourcesInfo().filter((name) => !/Req/.test(name)).toSorted(),
    listeners: process.eventNames().map(String),
    globals: Object.keys(globalThis[Symbol.for("opentelemetry.js.api.1")] ?? {}),
  });
  // The standard streams are opened at their first use.
  process.stdin, process.stdout, process.stderr;
  await setImmediate();
  const before = seen();
  const all = await import(process.argv[2]);
  const after = seen();
  // Names such as \`Tachymeter2\`, too.
  const renamed = Object.entries(all)
    .filter(([name, value]) => value?.name?.replace?.(/\\d+$/, "") === name)
    .map(([, value]) => value.name)
    .filter((name) => !(name in all));
  console.log(JSON.stringify({ before, after, renamed }));
`;

beforeAll(packedProject);

test.each(entryPoints)(
  "%s can be imported alone, and its classes have their names; it starts nothing, except `register`",
  async (entryPoint) => {
    const cwd = await application({ "import.mjs": importing });
    const isLibrary = entryPoint !== "tachymeter/register";
    const env = { OTEL_SDK_DISABLED: `${!isLibrary}` };
    const child = runNode({ cwd, args: ["import.mjs", entryPoint], env });
    const { before, after, renamed }: Record<string, object> = JSON.parse(await outputOf(child));
    expect(renamed).toEqual([]);
    expect(isLibrary ? after : before).toEqual(before);
  },
);

test("every entry point can be required", async () => {
  const cwd = await application({
    "require.cjs": "for (const name of process.argv.slice(2)) console.log(name, typeof require(name));",
  });
  const env = { OTEL_SDK_DISABLED: "true" };
  const child = runNode({ cwd, args: ["require.cjs", ...entryPoints], env });
  expect(await outputOf(child)).toBe(entryPoints.map((name) => `${name} object\n`).join(""));
});

test.each(["tachymeter", "tachymeter/facades"])("importing %s loads no exporter", async (entryPoint) => {
  const modules = await modulesLoadedBy({ args: ["app.mjs"], program: `await import("${entryPoint}");` });
  expect(modules.filter((file) => /tachymeter.dist.\w+\.js$/.test(file)).length).toBeGreaterThan(0);
  const exporters =
    /@opentelemetry.(?:exporter|otlp)-|tachymeter.dist.(?:prometheus|json|(?:otlp|history)(?:-parts)?)\.js$/;
  expect(modules.filter((file) => exporters.test(file))).toEqual([]);
});

test.each([
  ["metrics", true],
  ["otlp", false],
  ["testing", false],
])("importing tachymeter/%s loads upstream's SDK: %s", async (entryPoint, isExpected) => {
  const program = `await import("tachymeter/${entryPoint}");`;
  const modules = await modulesLoadedBy({ args: ["app.mjs"], program });
  const files = modules.filter((file) => /tachymeter.dist.[^\\/]+\.js$/.test(file));
  const code = files.map((file) => readFileSync(new URL(file), "utf8")).join("\n");
  expect(code.includes("PeriodicExportingMetricReader")).toBe(isExpected);
});

// The evaluator alone contains this package.
const OF_EVALUATOR = /\/\*! Contains code of [^*]*\bre2js\b/;

test("only queries, alerts, anomalies, the test kit and lists for bundlers load the evaluator at once; others load it on demand", async () => {
  const { installed } = await packedProject();
  const dist = join(installed, "dist");
  const files = readdirSync(dist).filter((file) => file.endsWith(".js"));
  const texts = new Map(files.map((file) => [file, readFileSync(join(dist, file), "utf8")]));
  const imports = new Map(
    [...texts].map(([file, text]) => [
      file,
      [...text.matchAll(/(?<=^|;)(?:im|ex)port\b[^;(]*?"\.\/([^"]+)";/gm)].map(([, name = ""]) => name),
    ]),
  );
  const loadsEvaluator = (file: string, importers: readonly string[]): boolean =>
    OF_EVALUATOR.test(texts.get(file) ?? "") ||
    (imports.get(file) ?? []).some(
      (imported) => !importers.includes(imported) && loadsEvaluator(imported, [...importers, file]),
    );
  const loading = files.filter((file) => loadsEvaluator(file, []));
  expect(loading.toSorted((a, b) => a.localeCompare(b))).toEqual([
    "alerts-parts.js",
    "alerts.js",
    "anomalies-parts.js",
    "anomalies.js",
    // Files of configuration, whose rules are checked.
    "configuration.js",
    "live-query.js",
    "on-demand.js",
    "page.js",
    "query.js",
    // The commands `config check` and `config print`.
    "shared-check.js",
    "shared-configuration.js",
    // Questions to a history, which its thread loads with the first one.
    "shared-evaluated.js",
    // Applications, stores and groups, which commands open.
    "shared-open.js",
    "shared-print.js",
    "shared-query.js",
    // The series of one row, of the page and of the command `top`.
    "shared-restricted.js",
    "shared-rules.js",
    // The command `top`.
    "shared-run.js",
    "testing.js",
  ]);
});

test("the live page is loaded with its option, and not without it", async () => {
  const loaded = await Promise.all(
    ["true", "false"].map((page) =>
      modulesLoadedBy({
        args: ["--import", "tachymeter/register", "app.mjs"],
        env: { TACHYMETER_PAGE: page, TACHYMETER_ALERTS: "false", OTEL_EXPORTER_PROMETHEUS_PORT: "0" },
      }),
    ),
  );
  expect(loaded.map((modules) => modules.some((file) => file.endsWith("page.js")))).toEqual([true, false]);
});

test("facades without metrics at the start, the code of scrapes, and that of groups, are loaded when they are used", async () => {
  const start = `const { start } = await import("tachymeter");
    const telemetry = start({ readers: [{ type: "prometheus", port: 0 }] });
    await telemetry.ready;`;
  const use = `telemetry.custom; await (await fetch(telemetry.prometheusUrl)).text();`;
  const loaded = await Promise.all(
    [start, `${start} ${use}`].map((program) => modulesLoadedBy({ args: ["app.mjs"], program })),
  );
  const late = loaded.map((modules) =>
    modules.map((file) => /shared-(?:facades|merge|rendering)\.js$/.exec(file)?.[0]),
  );
  expect(late.map((files) => files.filter((file) => file !== undefined))).toEqual([
    [],
    ["shared-facades.js", "shared-rendering.js"],
  ]);
});

test("rules, monitors, receivers and the evaluator of alerts are loaded with their option, and nothing of them without it", async () => {
  const parts = [/eventLoopSaturated/, /notifications\.json/, /keep_firing_for/, OF_EVALUATOR];
  const loaded = await Promise.all(
    ["true", "false"].map(async (alerts) => {
      const modules = await modulesLoadedBy({
        args: ["--import", "tachymeter/register", "app.mjs"],
        env: { TACHYMETER_PAGE: "false", TACHYMETER_ALERTS: alerts, OTEL_EXPORTER_PROMETHEUS_PORT: "0" },
      });
      const files = modules.filter((file) => /tachymeter.dist.[^\\/]+\.js$/.test(file));
      expect(files.length).toBeGreaterThan(0);
      const code = files.map((file) => readFileSync(new URL(file), "utf8")).join("\n");
      return parts.filter((part) => part.test(code));
    }),
  );
  expect(loaded).toEqual([parts, []]);
});

test.each([
  ["prometheus", ["endpoint.js", "shared-endpoint.js"]],
  ["pushgateway", ["prometheus.js", "shared-endpoint.js", "shared-senders.js"]],
])("reader %s loads its own parts only", async (type, expected) => {
  const reader = { type, ...(type === "prometheus" ? { port: 0 } : { url: "http://127.0.0.1:1", job: "j" }) };
  const modules = await modulesLoadedBy({
    args: ["app.mjs"],
    program: `const { start } = await import("tachymeter"); start({ readers: [${JSON.stringify(reader)}] });`,
  });
  const parts = modules.flatMap(
    (file) => /(?<=tachymeter.dist.)(?:prometheus|(?:shared-)?endpoint|shared-senders)\.js$/.exec(file) ?? [],
  );
  expect(new Set(parts)).toEqual(new Set(expected));
});

test("the facades load no other package than the API", async () => {
  const modules = await modulesLoadedBy({
    args: ["app.mjs"],
    program: `await import("tachymeter/facades");`,
  });
  const packages = modules.flatMap(
    (file) => /.*node_modules[\\/]((?:@[^\\/]+[\\/])?[^\\/]+)/.exec(file)?.[1] ?? [],
  );
  expect(new Set(packages)).toEqual(new Set(["tachymeter", "@opentelemetry/api"]));
});

test.each(["prometheus", "none"])(
  "with readers %s, `--import tachymeter/register` loads at most 25 files of the package",
  async (readers) => {
    const modules = await modulesLoadedBy({
      args: ["--import", "tachymeter/register", "app.mjs"],
      env: { OTEL_METRICS_EXPORTER: readers, OTEL_EXPORTER_PROMETHEUS_PORT: "0" },
    });
    const ours = modules.filter((file) => /node_modules[\\/]tachymeter[\\/]/.test(file));
    expect(ours.some((file) => file.endsWith("register.js"))).toBe(true);
    expect(ours.length).toBeLessThanOrEqual(25);
    // On other systems `host-metrics` provides host metrics.
    const packages =
      process.platform === "linux" ? "core|resources|sdk-metrics|semantic-conventions" : "sdk-logs";
    const upstream = new RegExp(`@opentelemetry.(?:${packages})[\\\\/]`);
    expect(modules.filter((file) => upstream.test(file))).toEqual([]);
    // Instrumentations that begin at every start are in the start's files; the others are loaded with their libraries.
    const instrumentations = ours.flatMap((file) => /instrumentation-([\w-]+)\.js$/.exec(file)?.[1] ?? []);
    expect(instrumentations).toEqual([]);
  },
);

test.skipIf(process.platform === "win32")(
  "an application runs with `--import tachymeter/register` if a process may open 128 files",
  async () => {
    const cwd = await application({ "app.mjs": `console.log("the application runs");` });
    const child = runNode({
      cwd,
      command: "bash",
      args: ["-c", `ulimit -n 128; exec "$0" --import tachymeter/register app.mjs`, process.execPath],
      env: { OTEL_EXPORTER_PROMETHEUS_PORT: "0" },
    });
    expect(await child.exit).toEqual({ code: 0, signal: null });
    expect(child.stdout).toBe("the application runs\n");
    expect(child.stderr).toMatch(/^tachymeter info: Prometheus endpoint at \S+\n$/);
  },
);

/** The program to run, as the text of `app.mjs`. */
interface Run {
  readonly args: readonly string[];
  readonly program?: string;
  readonly env?: Readonly<Record<string, string>>;
}

// The modules of each run so far. Some tests ask for the same one.
const listed = new Map<string, Promise<readonly string[]>>();

function modulesLoadedBy(run: Run): Promise<readonly string[]> {
  const key = JSON.stringify([run.args, run.program, run.env]);
  const modules = listed.get(key) ?? modulesOf(run);
  listed.set(key, modules);
  return modules;
}

// Node.js lists all modules of a process in its coverage, however they were loaded.
async function modulesOf({ args, program = "", env = {} }: Run): Promise<readonly string[]> {
  const cwd = await application({ "app.mjs": program });
  const folder = join(cwd, "coverage");
  await outputOf(runNode({ cwd, args, env: { ...env, NODE_V8_COVERAGE: folder } }));
  return readdirSync(folder).flatMap((name) => {
    const { result }: { result: { url: string }[] } = JSON.parse(readFileSync(join(folder, name), "utf8"));
    return result.map(({ url }) => url);
  });
}
