import { readFileSync } from "node:fs";
import { join, posix } from "node:path";
import { expect, test } from "vitest";
import { type SourceImport, importsOf, sourceFiles, sourceFolders, specifiersOf } from "./source-imports.ts";

// Who may import what. A room is a folder, or a file that is one for itself; a target is a room, a file, a package or
// `node:`. Inside a room everything may import everything; `src` holds the files that put the parts together.
const api = "@opentelemetry/api";
const version = "src/version.ts";
// What every room may import.
const forAll = ["src/diagnostics", "src/io", "src/options"];
const rooms: Readonly<Record<string, readonly string[]>> = {
  [version]: [],
  "src/engine": engine(
    "src/engine/callbacks",
    "src/engine/collection",
    "src/engine/exemplars",
    "src/engine/instruments",
    "src/engine/series",
    "src/engine/streams",
    "src/engine/views",
    "@opentelemetry/core",
    "@opentelemetry/resources",
    version,
  ),
  "src/engine/aggregation": ["@opentelemetry/sdk-metrics", "src/engine/storage"],
  "src/engine/callbacks": engine("src/engine/instruments", "src/engine/streams"),
  "src/engine/collection": engine(
    "src/engine/aggregation",
    "src/engine/callbacks",
    "src/engine/exemplars",
    "src/engine/instruments",
    "src/engine/series",
    "src/engine/streams",
    "@opentelemetry/resources",
  ),
  "src/engine/exemplars": [api, "src/engine/attribute-copy.ts", "src/engine/stores"],
  "src/engine/instruments": engine("src/engine/exemplars", "src/engine/stores", "src/engine/streams"),
  "src/engine/series": [api, "src/engine/storage"],
  "src/engine/storage": [],
  "src/engine/stores": [
    api,
    "@opentelemetry/sdk-metrics",
    "src/engine/aggregation",
    "src/engine/series",
    "src/engine/storage",
  ],
  "src/engine/streams": engine(
    "src/engine/aggregation",
    "src/engine/collection/series-source.ts",
    "src/engine/exemplars",
    "src/engine/instruments",
    "src/engine/series",
    "src/engine/storage",
    "src/engine/stores",
    "src/engine/views",
  ),
  "src/engine/views": engine("src/engine/exemplars", "src/engine/instruments"),
  "src/events": [api, "src/io/log-files", version, "node:"],
  "src/diagnostics": [],
  "src/options": [],
  "src/io": ["node:"],
  "src/io/log-files": ["node:"],
  "src/facades": facade(
    "src/facades/application",
    "src/facades/collector",
    "src/facades/commands",
    "src/facades/custom",
    "src/facades/exporters",
    "src/facades/health",
    "src/facades/kernels",
    "src/facades/messaging",
    "src/facades/network",
    "src/host/readings",
  ),
  "src/facades/application": facade(),
  "src/facades/collector": facade(),
  "src/facades/commands": facade("src/host/readings"),
  "src/facades/custom": facade("src/facades/collector"),
  "src/facades/exporters": facade(),
  "src/facades/health": facade("src/host/readings"),
  "src/facades/kernels": facade(),
  "src/facades/messaging": facade(),
  "src/facades/network": facade("src/io/http/own-requests.ts"),
  "src/readers": reader(),
  "src/translation": [
    api,
    "@opentelemetry/core",
    "@opentelemetry/resources",
    "src/engine",
    "src/engine/collection",
    "src/engine/exemplars/reservoir.ts",
    "src/engine/series/interner.ts",
    "src/facades/snapshot.ts",
    "node:",
  ],
  "src/io/bytes": ["node:"],
  "src/io/files": ["node:"],
  "src/io/http": [api, "@opentelemetry/core", "src/io/http/own-requests.ts", "node:"],
  "src/io/outbox": [api, "node:"],
  "src/readers/json": reader(),
  "src/readers/otlp": reader(
    "src/readers/otlp/decode",
    "src/readers/otlp/encode",
    "@opentelemetry/exporter-metrics-otlp-http",
    "@opentelemetry/otlp-exporter-base",
    "@opentelemetry/otlp-exporter-base/node-http",
  ),
  "src/readers/otlp/decode": reader(),
  "src/readers/otlp/encode": reader(),
  "src/readers/prometheus": reader(
    "@opentelemetry/exporter-prometheus",
    "src/readers/prometheus/document",
    "src/readers/prometheus/protobuf",
    "src/readers/prometheus/serving",
    "src/readers/prometheus/text",
  ),
  "src/readers/prometheus/document": reader("src/readers/prometheus/exposition.ts"),
  "src/readers/prometheus/protobuf": reader(
    "src/readers/prometheus/document",
    "src/readers/prometheus/text/exemplar-bytes.ts",
  ),
  "src/readers/prometheus/serving": reader(
    "src/io/http/own-requests.ts",
    "src/readers/prometheus/rendering.ts",
    "src/readers/prometheus/upstream.ts",
  ),
  "src/readers/prometheus/text": reader("src/readers/prometheus/document"),
  "src/host": [api, "@opentelemetry/host-metrics", "src/host/readings", version, "node:"],
  "src/host/readings": ["node:"],
  "src/history": [
    api,
    "@opentelemetry/core",
    "@opentelemetry/resources",
    "src/engine",
    "src/engine/collection",
    "src/engine/series/interner.ts",
    "src/events",
    "src/history/analysis",
    "src/history/bridge",
    "src/history/events",
    "src/history/query",
    "src/history/remote",
    "src/history/store",
    "src/history/thread",
    "src/history/query/totals",
    "src/readers",
    "src/translation",
    "node:",
  ],
  "src/history/analysis": [api, "simple-statistics", "src/history"],
  "src/history/bridge": [
    api,
    "src/events",
    "src/history",
    "src/history/events",
    "src/history/remote",
    "src/history/store",
    "src/history/query/totals",
    "src/io/log-files",
    version,
    "node:",
  ],
  "src/history/events": [api, "src/events", "src/history", "src/history/store", "node:"],
  "src/history/remote": [
    api,
    "src/events",
    "src/facades/snapshot.ts",
    "src/history",
    "src/history/analysis",
    "src/io/http",
    "src/translation",
    "node:",
  ],
  "src/history/store": [api, "@photostructure/sqlite", "src/history", "src/io/bytes", "node:"],
  "src/history/thread": [
    api,
    "src/history",
    "src/history/query",
    "src/history/store",
    "src/history/query/totals",
    "node:",
  ],
  "src/history/query/totals": [api, "src/history", "src/history/query", "src/history/store"],
  "src/history/query": [api, "src/facades/snapshot.ts", "src/history", "src/history/store"],
  "src/cli": [
    api,
    "src/cli/query",
    "src/cli/report",
    "src/events/time.ts",
    "src/facades/index.ts",
    "src/history/index.ts",
    "src/readers/otlp/index.ts",
    version,
    "node:",
  ],
  "src/cli/query": ["src/cli", "src/history/index.ts", "src/history/question.ts"],
  "src/cli/report": [api, "src/cli", "src/cli/query", "src/history/index.ts"],
  "src/testing": [
    api,
    "src/engine/index.ts",
    "src/facades/index.ts",
    "src/facades/snapshot.ts",
    "src/sdk/make-facades.ts",
    "src/translation",
    "node:",
  ],
  ...hooks(),
  "instrumentations/child-process": instrumentation("src/facades/commands"),
  "instrumentations/godaddy-terminus": instrumentation("src/facades/health"),
  "instrumentations/shared": instrumentation(),
  "instrumentations/http": instrumentation("src/io/http/own-requests.ts"),
  "instrumentations/ioredis": instrumentation("instrumentations/redis"),
  src: [api, "instrumentations/child-process", "src/sdk", "node:"],
  "src/sdk": [
    api,
    "@opentelemetry/instrumentation",
    "@opentelemetry/resources",
    "import-in-the-middle/register-hooks.mjs",
    "instrumentations",
    "node:",
    "src",
  ],
};

const files = sourceFiles("src", "instrumentations");
const imports = importsOf(files);

test("every folder of the source is in the table of rooms", () => {
  const folders = sourceFolders("src", "instrumentations");
  expect(folders.filter((folder) => roomOf(`${folder}/x`) !== folder)).toEqual([]);
});

test("every import goes where its room may reach", () => {
  expect(imports.filter((each) => !isAllowed(each)).map(shown)).toEqual([]);
});

test("no file imports itself in the end, not even by types alone", () => {
  const targets = new Map(
    files.map((file) => [file, imports.filter((each) => each.file === file).map(({ target }) => target)]),
  );
  expect(cyclesOf(targets)).toEqual([]);
});

test("only the entry points import the start", () => {
  const importers = imports.filter(({ target }) => target === "src/sdk/start.ts").map(({ file }) => file);
  expect(importers.filter((file) => !["src/index.ts", "src/register.ts"].includes(file))).toEqual([]);
});

test("every imported package is a dependency, a peer, or bundled by the build, by its own door", () => {
  // See test/build.js.
  const bundled = ["src/readers/otlp/upstream.ts", "src/readers/prometheus/upstream.ts"];
  const text = readFileSync(join(import.meta.dirname, "..", "package.json"), "utf8");
  const manifest: { dependencies: object; peerDependencies: object } = JSON.parse(text);
  const known = new Set(Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies }));
  const foreign = imports.filter(
    ({ file, specifier, target }) =>
      !bundled.includes(file) &&
      !/^(?:\.|node:)/.test(specifier) &&
      !files.includes(target) &&
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

function facade(...others: readonly string[]): readonly string[] {
  return [...others, api, "src/events", "src/facades", version, "node:"];
}

function reader(...packages: readonly string[]): readonly string[] {
  return [
    ...packages,
    api,
    "@opentelemetry/core",
    "@opentelemetry/resources",
    "src/engine",
    "src/engine/collection",
    "src/engine/exemplars/reservoir.ts",
    "src/engine/series/interner.ts",
    "src/facades/snapshot.ts",
    "src/facades/metrics-exporter.ts",
    "src/readers",
    "src/io/bytes",
    "src/io/files",
    "src/io/http",
    "src/io/outbox",
    "src/translation",
    "src/io/log-files",
    version,
    "node:",
  ];
}

function engine(...others: readonly string[]): readonly string[] {
  return [...others, api, "@opentelemetry/sdk-metrics", "src/engine"];
}

// Each hook may use the same, and none another one.
function hooks(): Readonly<Record<string, readonly string[]>> {
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
      // Those who put the parts together reach into every room.
      ((room === "src" || room === "src/sdk") && target.startsWith(`${allowed}/`)),
  );
}

// A door by its package's documentation, which names none by `exports`.
const LOADER_HOOK = "import-in-the-middle/register-hooks.mjs";

// The package, where it exports what is imported of it.
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
