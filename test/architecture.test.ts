import { readFileSync } from "node:fs";
import { join, posix } from "node:path";
import { expect, test } from "vitest";
import {
  type SourceImport,
  importsOf,
  sourceFiles,
  sourceFolders,
  specifiersOf,
} from "./kit/source-imports.ts";

// The allowed imports. A room is a folder with all its subfolders, or a single file. A target is a room, a file, a
// package or `node:`. Within a room all imports are allowed, except cycles.
const api = "@opentelemetry/api";
const version = "src/version.ts";
const document = "src/translation/snapshot-document.ts";
// The type alone.
const correlated = "src/anomalies/correlation/correlated.ts";
const upstream = ["@opentelemetry/core", "@opentelemetry/resources", "@opentelemetry/sdk-metrics"];
// Allowed for every room.
const forAll = ["src/diagnostics", "src/io", "src/options"];
const rooms: Readonly<Record<string, readonly string[]>> = {
  [version]: [],
  "src/diagnostics": [api, "node:"],
  "src/options": [api],
  "src/io": [api, "yaml", "node:"],
  "src/engine": [api, ...upstream, version, "node:"],
  "src/group": [api, ...upstream, "src/engine", version, "node:"],
  "src/events": [api, version, "node:"],
  "src/recording": [api, "src/events", version, "node:"],
  "src/facades/index.ts": [api, "src/collector", "src/events", "src/facades", "src/recording", document],
  "src/facades": [
    api,
    "src/collector/metric-registration.ts",
    "src/events",
    "src/host",
    "src/recording",
    document,
    version,
    "node:",
  ],
  "src/collector": [
    api,
    "src/engine",
    "src/events",
    "src/facades",
    "src/recording",
    "src/translation",
    version,
    "node:",
  ],
  "src/host": [api, "@opentelemetry/host-metrics", version, "node:"],
  "src/translation": [api, ...upstream, "src/engine", "src/events/labels.ts", "node:"],
  "src/readers": [
    api,
    ...upstream,
    "@opentelemetry/exporter-metrics-otlp-http",
    "@opentelemetry/otlp-exporter-base",
    "@opentelemetry/otlp-exporter-base/node-http",
    "@opentelemetry/otlp-transformer",
    "src/engine",
    "src/collector/metrics-exporter.ts",
    "src/translation",
    version,
    "node:",
  ],
  "src/query": [api, "src/engine", "src/events/time.ts", "src/translation", "re2js", "node:"],
  "src/history": [
    api,
    ...upstream,
    "@photostructure/sqlite",
    "simple-statistics",
    "src/engine",
    "src/events",
    "src/query",
    "src/readers",
    "src/translation",
    version,
    "node:",
  ],
  "src/alerts": [api, correlated, "src/events", "src/query", "yaml", "nodemailer", version, "node:"],
  "src/anomalies": [api, "simple-statistics", "src/events", "src/history", "src/query", version, "node:"],
  "src/page/panels": [],
  "src/page": [
    api,
    "src/page/panels",
    "src/alerts/index.ts",
    "src/anomalies/index.ts",
    "src/events",
    "src/history/index.ts",
    "src/query",
    version,
    "node:",
  ],
  // The browser's part.
  "src/page/app": [
    "preact",
    "preact/hooks",
    "@preact/signals",
    "uplot",
    "src/diagnostics/foreign-text.ts",
    "src/page/charts/legend.ts",
    "src/page/latest-of-types.ts",
    "src/page/panels",
    "src/page/protocol.ts",
    "src/query/expression.ts",
    "src/query/function-signatures.ts",
  ],
  "src/configuration": [
    api,
    "src/engine/index.ts",
    "src/engine/sdk-values.ts",
    "src/engine/streams/aggregation.ts",
    "src/engine/streams/key-filter.ts",
    "src/engine/streams/view.ts",
    "yaml",
    "node:",
  ],
  "src/cli": [
    api,
    "src/configuration",
    "src/sdk/settings.ts",
    "src/page/panels",
    "src/alerts/index.ts",
    "src/alerts/parts.ts",
    "src/anomalies/index.ts",
    "src/anomalies/parts.ts",
    "src/events/time.ts",
    "src/facades/index.ts",
    "src/group/read-figures.ts",
    "src/history/index.ts",
    "src/history/parts.ts",
    "src/history/question.ts",
    "src/query/evaluation/matchers.ts",
    "src/query/from-zero.ts",
    "src/query/histograms/text.ts",
    "src/query/http/result-json.ts",
    "src/query/index.ts",
    "src/query/labels-key.ts",
    "src/readers/otlp/index.ts",
    "src/readers/otlp/parts.ts",
    "src/readers/prometheus/index.ts",
    version,
    "node:",
  ],
  "src/frameworks": [
    api,
    "@nestjs/common",
    "@nestjs/core",
    "fastify",
    "src/engine",
    "src/facades",
    "src/facades/index.ts",
    "src/index.ts",
    "src/readers",
    "src/sdk/on-demand.ts",
    "node:",
  ],
  "src/prom-client": [
    api,
    "@opentelemetry/sdk-metrics",
    "src/engine",
    "src/host",
    "src/readers/prometheus/document/body.ts",
    "src/readers/prometheus/document/labels.ts",
    "src/translation/metric-name.ts",
    "node:",
  ],
  "src/testing": [
    api,
    "src/alerts",
    "src/query",
    "src/engine/index.ts",
    "src/facades/index.ts",
    "src/group",
    "src/readers/reader.ts",
    "src/sdk/facades.ts",
    "src/sdk/member-facts.ts",
    "src/translation",
    "node:",
  ],
  ...instrumentations(),
  "instrumentations/shared": instrumentation(),
  "instrumentations/ioredis": instrumentation("instrumentations/redis"),
  "instrumentations/prom-client": instrumentation("src/prom-client"),
  src: [api, "src/sdk", "node:"],
  "src/sdk": [
    api,
    "@opentelemetry/instrumentation",
    "@opentelemetry/resources",
    "@opentelemetry/sdk-metrics",
    "import-in-the-middle/register-hooks.mjs",
    "instrumentations",
    "node:",
    "src",
  ],
};

const files = sourceFiles("src", "instrumentations");
const imports = importsOf(files);

test("every folder of the source is in the table of rooms, or within a room of the table", () => {
  const folders = sourceFolders("src", "instrumentations").filter((folder) => folder !== "instrumentations");
  expect(
    folders.filter((folder) => ["src", folder, "."].includes(roomOf(`${folder}/x`)) && !(folder in rooms)),
  ).toEqual([]);
});

test("the folder of one destination does not import that of another", () => {
  const folderOf = (path: string): string | undefined =>
    /^src\/readers\/(?!delivery\/)\w+(?=\/)/.exec(path)?.[0];
  const across = imports.filter(({ file, target }) => {
    const [from, to] = [folderOf(file), folderOf(target)];
    return from !== undefined && to !== undefined && from !== to;
  });
  expect(across.map(shown)).toEqual([]);
});

test("every import is allowed for its room", () => {
  expect(imports.filter((each) => !isAllowed(each)).map(shown)).toEqual([]);
});

test("there are no import cycles, type-only imports included", () => {
  const targets = new Map(
    files.map((file) => [file, imports.filter((each) => each.file === file).map(({ target }) => target)]),
  );
  expect(cyclesOf(targets)).toEqual([]);
});

test("only the entry points import the start", () => {
  const importers = imports.filter(({ target }) => target === "src/sdk/start.ts").map(({ file }) => file);
  const entries = ["src/index.ts", "src/sdk/register-main.ts", "src/sdk/thread-instrumentations.ts"];
  expect(importers.filter((file) => !entries.includes(file))).toEqual([]);
});

test("every imported package is a dependency, a peer or bundled by the build, and is imported by its entry point", () => {
  // See test/build.js.
  const bundled = [
    "src/alerts/export/export-rules.ts",
    "src/alerts/rules/indented-yaml.ts",
    "src/alerts/rules/yaml-values.ts",
    "src/configuration/yaml-file.ts",
    "src/io/files/yaml-document.ts",
    "src/query/evaluation/regular-expression.ts",
    "src/query/evaluation/text-search.ts",
    "src/query/syntax/pattern.ts",
    "src/readers/otlp/upstream.ts",
  ];
  const text = readFileSync(join(import.meta.dirname, "..", "package.json"), "utf8");
  const manifest: { dependencies: object; peerDependencies: object } = JSON.parse(text);
  const known = new Set(Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies }));
  const foreign = imports.filter(
    ({ file, specifier, target }) =>
      !bundled.includes(file) &&
      !file.startsWith("src/page/app/") &&
      !/^(?:\.|#|node:)/.test(specifier) &&
      !files.includes(target) &&
      !upstream.includes(packageOfDoor(target)) &&
      !known.has(packageOfDoor(target)),
  );
  expect(foreign.map(shown)).toEqual([]);
});

test("imports are found in all their forms, and none in comments", () => {
  const source = `
    import type { A } from "a";
    import {
      b,
    } from 'b';
    import "c";
    export * from "d";
    export { e } from "e";
    const f = await import("f");
    const g = require("g");
    // import "no";
    /** import "no"; */
    /*
     * import("no")
     */
    const text = "from 'no'";
  `;
  expect(specifiersOf(source).toSorted()).toEqual(["a", "b", "c", "d", "e", "f", "g"]);
});

test("cycles are found", () => {
  const targets = new Map([
    ["a", ["b", "x"]],
    ["b", ["c"]],
    ["c", ["b"]],
  ]);
  expect(cyclesOf(targets)).toEqual(["b → c → b"]);
});

// Each instrumentation may use the same, and none another one.
function instrumentations(): Readonly<Record<string, readonly string[]>> {
  const folders = sourceFolders("instrumentations").filter((folder) => folder !== "instrumentations");
  return Object.fromEntries(folders.map((folder) => [folder, instrumentation()]));
}

function instrumentation(...others: readonly string[]): readonly string[] {
  return [
    ...others,
    api,
    "@opentelemetry/instrumentation",
    "instrumentations/shared",
    "src/facades",
    "src/facades/index.ts",
    "src/recording",
    version,
    "node:",
  ];
}

function isAllowed({ file, target }: SourceImport): boolean {
  const room = roomOf(file);
  const targetRoom = roomOf(target);
  if (room === targetRoom || forAll.includes(targetRoom)) return true;
  return (rooms[room] ?? []).some(
    (allowed) =>
      allowed === target ||
      allowed === targetRoom ||
      (allowed === "node:" && target.startsWith("node:")) ||
      // The rooms that assemble the parts import from every room.
      ((room === "src" || room === "src/sdk") && target.startsWith(`${allowed}/`)),
  );
}

// An entry point according to the package's documentation; its package.json has no `exports`.
const LOADER_HOOK = "import-in-the-middle/register-hooks.mjs";

// The package, if it exports the imported path.
function packageOfDoor(specifier: string): string {
  const [name = ""] = /^(?:@[^/]+\/)?[^/]+/.exec(specifier) ?? [];
  if (specifier === name || specifier === LOADER_HOOK) return name;
  const text = readFileSync(join(import.meta.dirname, "..", "node_modules", name, "package.json"), "utf8");
  const { exports = {} }: { exports?: object } = JSON.parse(text);
  return `.${specifier.slice(name.length)}` in exports ? name : specifier;
}

// The innermost room that holds the path.
function roomOf(path: string): string {
  if (path in rooms) return path;
  const folder = posix.dirname(path);
  return folder === "." || folder === path ? path : roomOf(folder);
}

function cyclesOf(targets: ReadonlyMap<string, readonly string[]>): string[] {
  const found: string[] = [];
  const finished = new Set<string>();
  const visit = (file: string, path: readonly string[]): void => {
    if (path.includes(file)) found.push([...path.slice(path.indexOf(file)), file].join(" → "));
    if (finished.has(file) || path.includes(file)) return;
    for (const target of targets.get(file) ?? []) visit(target, [...path, file]);
    finished.add(file);
  };
  for (const file of targets.keys()) visit(file, []);
  return found;
}

function shown({ file, specifier }: SourceImport): string {
  return `${file} imports ${specifier}`;
}
