import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { application, packedProject } from "../kit/packed-project.ts";
import { outputOf, runNode } from "../kit/process.ts";
import { ownEntryPoints } from "../kit/source-imports.ts";

const entryPoints = [...ownEntryPoints.keys()];
const libraries = entryPoints.filter((entryPoint) => entryPoint !== "tachymeter/register");

// Prints what was going on before and after importing an entry point.
const activity = `
  import { setImmediate } from "node:timers/promises";
  const seen = () => ({
    // Requests end by themselves: they are the module loader's.
    resources: process.getActiveResourcesInfo().filter((name) => !/Req/.test(name)).toSorted(),
    listeners: process.eventNames().map(String),
    globals: Object.keys(globalThis[Symbol.for("opentelemetry.js.api.1")] ?? {}),
  });
  // The standard streams are opened when they are first asked for.
  process.stdin, process.stdout, process.stderr;
  await setImmediate();
  const before = seen();
  await import(process.argv[2]);
  console.log(JSON.stringify({ before, after: seen() }));
`;

// Writes the URL of every module that is loaded, into a file: a pipe may be full. What CommonJS modules load is out of the hook's sight in Node.js 20,
// but in the cache.
const trace = `
  import { appendFileSync } from "node:fs";
  import module, { createRequire } from "node:module";
  import { isMainThread } from "node:worker_threads";
  export const load = (url, context, nextLoad) => {
    appendFileSync("modules.txt", url + "\\n");
    return nextLoad(url, context);
  };
  if (module.registerHooks !== undefined) module.registerHooks({ load });
  else if (isMainThread) module.register(import.meta.url);
  if (isMainThread) {
    await import(process.argv[2]);
    appendFileSync("modules.txt", Object.keys(createRequire(import.meta.url).cache).join("\\n"));
  }
`;

beforeAll(packedProject);

test.each(entryPoints)("%s is there for import and for require", async (entryPoint) => {
  const cwd = await application({
    "import.mjs": `const all = await import("${entryPoint}"); console.log(typeof all);`,
    "require.cjs": `const all = require("${entryPoint}"); console.log(typeof all);`,
  });
  for (const program of ["import.mjs", "require.cjs"]) {
    const child = runNode({ cwd, args: [program], env: { OTEL_SDK_DISABLED: "true" } });
    expect(await outputOf(child)).toBe("object\n");
  }
});

test.each(libraries)("importing %s starts nothing", async (entryPoint) => {
  const cwd = await application({ "activity.mjs": activity });
  const child = runNode({ cwd, args: ["activity.mjs", entryPoint] });
  const { before, after }: Record<string, object> = JSON.parse(await outputOf(child));
  expect(after).toEqual(before);
});

test.each(["tachymeter", "tachymeter/facades"])("importing %s loads no exporter", async (entryPoint) => {
  const modules = await modulesOf(entryPoint);
  expect(
    modules.filter((file) => /@opentelemetry.(?:exporter|otlp)-|readers.(?:prometheus|otlp|json)/.test(file)),
  ).toEqual([]);
});

test("the facades load no package but the API", async () => {
  const modules = await modulesOf("tachymeter/facades");
  const packages = modules.flatMap(
    (file) => /.*node_modules[\\/]((?:@[^\\/]+[\\/])?[^\\/]+)/.exec(file)?.[1] ?? [],
  );
  expect(new Set(packages)).toEqual(new Set(["tachymeter", "@opentelemetry/api"]));
});

async function modulesOf(entryPoint: string): Promise<readonly string[]> {
  const cwd = await application({ "trace.mjs": trace });
  const child = runNode({ cwd, args: ["trace.mjs", entryPoint] });
  await outputOf(child);
  return readFileSync(join(cwd, "modules.txt"), "utf8").split("\n");
}
