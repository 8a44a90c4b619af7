import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { application, packedProject } from "../kit/packed-project.ts";
import { outputOf, runNode } from "../kit/process.ts";

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

test("a program's own folder counts, whatever the working directory is", async () => {
  const { folder } = await packedProject();
  const cwd = await application(withLibrary());
  const log = await logOf(folder, ["--import", "tachymeter/register", join(cwd, "app.mjs")]);
  expect(log).toContain("the loader is hooked for redlock");
});

test("without such a package the loader is not hooked", async () => {
  const cwd = await application({ "app.mjs": "" });
  expect(await logOf(cwd, ["--import", "tachymeter/register", "app.mjs"])).not.toContain(
    "the loader is hooked",
  );
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
