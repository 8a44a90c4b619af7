import { basename } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { application, packedProject } from "../packed-project.ts";
import { outputOf, runNode } from "../process.ts";
import { ownEntryPoints } from "../source-imports.ts";

const entryPoints = [...ownEntryPoints.keys()];
const libraries = entryPoints.filter((entryPoint) => entryPoint !== "tachymeter/register");

// Prints what importing an entry point has loaded and set going.
const inspection = `
  import { createRequire } from "node:module";
  const before = process.getActiveResourcesInfo();
  const listeners = process.eventNames();
  await import(process.argv[2]);
  const global = globalThis[Symbol.for("opentelemetry.js.api.1")] ?? {};
  console.log(JSON.stringify({
    resources: process.getActiveResourcesInfo().toSorted(),
    resourcesBefore: before.toSorted(),
    listeners: process.eventNames(),
    listenersBefore: listeners,
    globals: Object.keys(global).filter((name) => name !== "version"),
    modules: Object.keys(createRequire(import.meta.url).cache),
  }));
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
  const seen = await inspect(entryPoint);
  expect(seen.resources).toEqual(seen.resourcesBefore);
  expect(seen.listeners).toEqual(seen.listenersBefore);
  expect(seen.globals).toEqual([]);
});

test.each(["tachymeter", "tachymeter/facades"])("importing %s loads no exporter", async (entryPoint) => {
  const { modules } = await inspect(entryPoint);
  expect(modules.length).toBeGreaterThan(0);
  expect(modules.filter((file) => /exporter-|otlp|readers.(?:prometheus|otlp|json)/.test(file))).toEqual([]);
});

test("the facades load no package but the API", async () => {
  const { modules } = await inspect("tachymeter/facades");
  const packages = modules.map(
    (file) => /node_modules[\\/]((?:@[^\\/]+[\\/])?[^\\/]+)/.exec(file)?.[1] ?? basename(file),
  );
  expect([...new Set(packages)]).toEqual(["@opentelemetry/api"]);
});

interface Inspection {
  readonly resources: readonly string[];
  readonly resourcesBefore: readonly string[];
  readonly listeners: readonly string[];
  readonly listenersBefore: readonly string[];
  readonly globals: readonly string[];
  readonly modules: readonly string[];
}

async function inspect(entryPoint: string): Promise<Inspection> {
  const cwd = await application({ "inspection.mjs": inspection });
  const child = runNode({ cwd, args: ["inspection.mjs", entryPoint] });
  return JSON.parse(await outputOf(child));
}
