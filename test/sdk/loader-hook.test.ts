import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import { createContext, runInContext } from "node:vm";
import { build } from "esbuild";
import { beforeAll, expect, test } from "vitest";
import { samples } from "../instrumentations/applications.ts";
import { application, packedProject } from "../kit/packed-project.ts";
import { outputOf, runNode, scrape } from "../kit/process.ts";

beforeAll(packedProject);

// An ES module package with the name and version of one that an instrumentation patches by its entry.
const redlock = JSON.parse(
  readFileSync(resolve(import.meta.dirname, "../../node_modules/redlock/package.json"), "utf8"),
);

function withLibrary(): Readonly<Record<string, string>> {
  return {
    "node_modules/redlock/package.json": JSON.stringify({
      name: "redlock",
      version: redlock.version,
      type: "module",
      exports: "./index.js",
    }),
    "node_modules/redlock/index.js": "export default class Redlock {}",
    "app.mjs": `import "redlock";`,
  };
}

const debugging = { OTEL_LOG_LEVEL: "debug", OTEL_METRICS_EXPORTER: "none" };

async function logOf(cwd: string, args: readonly string[]): Promise<string> {
  const child = runNode({ cwd, args, env: debugging });
  await outputOf(child);
  return child.stderr;
}

test.each(["--import", "--require"])("with %s, what only ES modules load is seen", async (flag) => {
  const cwd = await application(withLibrary());
  const log = await logOf(cwd, [flag, "tachymeter/register", "app.mjs"]);
  expect(log).toContain("the loader is hooked for redlock");
  expect(log).toMatch(/redlock is not instrumented: .* is not as expected/);
});

// An application with hooks of its own, which it registers before or after the library is loaded.
const HOOKS = `import { register } from "node:module";
register("data:text/javascript,export const load = (url, context, next) => next(url, context);");
`;
const THREADS = "console.log(process.report.getReport().workers.length);";
const isOfNode20 = process.versions.node.startsWith("20.");

test.runIf(isOfNode20).each([
  ["no other hooks", [], `import "redlock"; ${THREADS}`, "0\n"],
  ["hooks of the application", [], `${HOOKS} await import("redlock"); ${THREADS}`, "1\n"],
  ["hooks that were preloaded", ["--import", "./hooks.mjs"], `import "redlock"; ${THREADS}`, "1\n"],
])("in Node.js 20, libraries are seen with %s", async (_, flags, code, threads) => {
  const cwd = await application({ ...withLibrary(), "hooks.mjs": HOOKS, "app.mjs": code });
  const args = [...flags, "--import", "tachymeter/register", "app.mjs"];
  const child = runNode({ cwd, args, env: debugging });
  await outputOf(child);
  expect(child.stderr.match(/redlock is not instrumented: .* is not as expected/g)).toHaveLength(1);
  expect(child.stdout).toBe(threads);
});

test.runIf(isOfNode20)("in Node.js 20, an application reads the files of libraries as they are", async () => {
  const code = `import { promises } from "node:fs"; import "redlock";
    const url = new URL("node_modules/redlock/index.js", import.meta.url);
    console.log(String(await promises.readFile(url)), promises.readFile.name, promises.readFile.length);`;
  const cwd = await application({ ...withLibrary(), "app.mjs": code });
  const child = runNode({ cwd, args: ["--import", "tachymeter/register", "app.mjs"], env: debugging });
  await outputOf(child);
  expect(child.stdout).toBe("export default class Redlock {} readFile 2\n");
});

test("a package whose entry for ES modules is another CommonJS file is seen", async () => {
  const code = "exports.createTask = exports.schedule = () => {};";
  const cwd = await application({
    "node_modules/node-cron/package.json": JSON.stringify({
      name: "node-cron",
      version: "4.2.1",
      exports: { ".": { require: { default: "./cjs.js" }, import: { default: "./dist/esm.js" } } },
    }),
    "node_modules/node-cron/cjs.js": code,
    "node_modules/node-cron/dist/esm.js": code,
    "app.mjs": `import "node-cron";`,
  });
  const log = await logOf(cwd, ["--import", "tachymeter/register", "app.mjs"]);
  expect(log).toContain("instrumentation node_cron: found node-cron 4.2.1");
});

test("a program's own folder counts, whatever the working directory is", async () => {
  const { folder } = await packedProject();
  const cwd = await application(withLibrary());
  const log = await logOf(folder, ["--import", "tachymeter/register", join(cwd, "app.mjs")]);
  expect(log).toContain("the loader is hooked for redlock");
});

test("the loader is not hooked for code in a context of its own, as in Jest", async () => {
  const { outputFiles } = await build({
    entryPoints: [resolve(import.meta.dirname, "../../src/sdk/loader-hook.ts")],
    bundle: true,
    write: false,
    platform: "node",
    define: { "import.meta.url": JSON.stringify(import.meta.url) },
    external: ["@opentelemetry/api"],
    conditions: ["tachymeter-source"],
  });
  const required: unknown[] = [];
  const loader = { supportsSyncHooks: () => true, register: () => {}, Hook: function () {} };
  const load = (name: unknown): typeof loader => {
    required.push(name);
    return loader;
  };
  const module = { createRequire: () => load, prototype: {} };
  const context = createContext({
    module: { exports: {} },
    process: Object.create(process, { getBuiltinModule: { value: () => module } }),
    require: createRequire(import.meta.url),
  });
  const { hookLoader } = runInContext(`${outputFiles[0]?.text}; module.exports`, context);
  expect(hookLoader(["@modelcontextprotocol/sdk/dist/esm/client/index.js"])).toEqual([]);
  expect(required).toEqual([]);
});

test("without such a package the loader is not hooked", async () => {
  const cwd = await application({ "app.mjs": "" });
  expect(await logOf(cwd, ["--import", "tachymeter/register", "app.mjs"])).not.toContain(
    "the loader is hooked",
  );
});

// The files in `node_modules` by manager, if only a dependency finds the library.
const NESTED = "node_modules/dependency/node_modules/redlock";
const REDLOCK = "package.json of redlock";
const layouts: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  npm: {
    "node_modules/.package-lock.json": JSON.stringify(
      { packages: { [NESTED]: { version: "5.0.0" } } },
      undefined,
      2,
    ),
    [`${NESTED}/package.json`]: REDLOCK,
  },
  pnpm: { "node_modules/.pnpm/node_modules/redlock/package.json": REDLOCK },
  "Yarn 1": {
    "node_modules/.yarn-integrity": JSON.stringify(
      { lockfileEntries: { "redlock@^5.0.0": "" } },
      undefined,
      2,
    ),
  },
  "Yarn 4": {
    "node_modules/.yarn-state.yml": `"redlock@npm:5.0.0":\n  locations:\n    - "${NESTED}"\n`,
    [`${NESTED}/package.json`]: REDLOCK,
  },
  Bun: { "node_modules/.bun/node_modules/redlock/package.json": REDLOCK },
};

test.each(Object.keys(layouts))(
  "a package that %s installs for a dependency only is seen",
  async (manager) => {
    const cwd = await application({ ...layouts[manager], "app.mjs": "" });
    expect(await logOf(cwd, ["--import", "tachymeter/register", "app.mjs"])).toContain(
      "the loader is hooked for redlock",
    );
  },
);

test("a package that a list names, but that is not there, is not looked for", async () => {
  const { "node_modules/.package-lock.json": list = "" } = layouts["npm"]!;
  const cwd = await application({ "node_modules/.package-lock.json": list, "app.mjs": "" });
  expect(await logOf(cwd, ["--import", "tachymeter/register", "app.mjs"])).not.toContain(
    "the loader is hooked",
  );
});

/** Runs a job of each copy of croner, by the folder that finds it. Returns the names of those that are measured, and the log. */
async function jobsOf(copies: Readonly<Record<string, string>>): Promise<{ jobs: string[]; log: string }> {
  const home = resolve(import.meta.dirname, "../../node_modules/croner");
  const manifest: object = JSON.parse(readFileSync(join(home, "package.json"), "utf8"));
  const code = readFileSync(join(home, "dist/croner.js"), "utf8");
  const files = Object.entries(copies).flatMap(([folder, version]) => [
    [`${folder}node_modules/croner/package.json`, JSON.stringify({ ...manifest, version })],
    [`${folder}node_modules/croner/dist/croner.js`, code],
    [
      `${folder}run.mjs`,
      `import { Cron } from "croner";
      await new Cron("0 0 1 1 *", { name: "${version}", paused: true }, async () => {}).trigger();`,
    ],
  ]);
  const places = Object.keys(copies).map((folder) => [`${folder}node_modules/croner`, {}]);
  const cwd = await application({
    ...Object.fromEntries(files),
    "node_modules/.package-lock.json": JSON.stringify({ packages: Object.fromEntries(places) }),
    "app.mjs": `${Object.keys(copies)
      .map((folder) => `import "./${folder}run.mjs";`)
      .join("")}
      setInterval(() => {}, 1_000);
      console.log("done");`,
  });
  const child = runNode({
    cwd,
    args: ["--import", "tachymeter/register", "app.mjs"],
    env: { OTEL_EXPORTER_PROMETHEUS_PORT: "0" },
  });
  const [, url = ""] = await child.waitForOutput(/Prometheus endpoint at (\S+)/);
  await child.waitForOutput(/done/);
  const jobs = samples(await scrape(url), "message_processing_duration_seconds_count").map(
    (line) => /destination_name="([\d.]+)"/.exec(line)?.[1] ?? line,
  );
  child.kill();
  await child.exit;
  return { jobs: jobs.toSorted(), log: child.stderr };
}

test("two versions of a library are measured, and a third is refused", async () => {
  const copies = { "": "10.0.0", "node_modules/newer/": "9.0.0", "node_modules/older/": "7.0.0" };
  const { jobs, log } = await jobsOf(copies);
  expect(jobs).toEqual(["10.0.0", "9.0.0"]);
  expect(log).toMatch(/croner 7\.0\.0 is not instrumented/);
});

test("a copy that only a dependency finds is measured", async () => {
  const { jobs } = await jobsOf({ "node_modules/dependency/": "9.0.0" });
  expect(jobs).toEqual(["9.0.0"]);
});

test.each([
  ["OTEL_NODE_DISABLED_INSTRUMENTATIONS", "redlock"],
  ["TACHYMETER_LOADER", "false"],
])("with %s=%s, the loader is not hooked for the package", async (variable, value) => {
  const cwd = await application(withLibrary());
  const child = runNode({
    cwd,
    args: ["--import", "tachymeter/register", "app.mjs"],
    env: { ...debugging, [variable]: value },
  });
  await outputOf(child);
  expect(child.stderr).not.toContain("the loader is hooked");
});

test("nothing of upstream's hooks is loaded, unless an instrumentation brings it", async () => {
  const cwd = await application({
    "app.cjs": "console.log(Object.keys(require.cache).some((file) => /in-the-middle/.test(file)));",
  });
  const child = runNode({ cwd, args: ["--import", "tachymeter/register", "app.cjs"], env: debugging });
  await child.exit;
  expect(child.stdout).toBe("false\n");
});
