import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { diag } from "@opentelemetry/api";
import { expect, test } from "vitest";
import {
  reportFile,
  reportImports,
  type HookImports,
} from "../../../instrumentations/shared/library-files.ts";
import { collectWarnings } from "../../kit/collect-warnings.ts";
import { install } from "./library.ts";

type Seen = [path: string, version: string | undefined];

// Reports cannot be taken back, so each test has libraries of its own.
let libraries = 0;

function watched(paths: readonly string[], version: string, files: Readonly<Record<string, string>> = {}) {
  const library = `parcel-${++libraries}`;
  const seen: Seen[] = [];
  for (const path of paths)
    reportFile({ library, ...(path !== "" && { path }) }, (exports, found) => {
      seen.push([path, found]);
      return exports;
    });
  // Beside the library that is always installed.
  const require = install("1.0.0");
  const beside = "courier";
  const folder = join(dirname(dirname(require.resolve(beside))), library);
  const all = {
    "package.json": JSON.stringify({ name: library, version, main: "index.js" }),
    "index.js": "module.exports = { inner: require('./lib/inner') };",
    "lib/inner.js": "exports.name = 'inner';",
    ...files,
  };
  for (const [name, text] of Object.entries(all)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  return { library, seen, require, folder };
}

test("a file is reported once, however it is required", () => {
  const { library, seen, require, folder } = watched(["", "lib/inner.js"], "1.2.3");
  require(library);
  require(join(folder, "index.js"));
  require(`${library}/lib/inner.js`);
  require(`./node_modules/${library}/lib/inner.js`);
  expect(seen).toEqual([
    ["lib/inner.js", "1.2.3"],
    ["", "1.2.3"],
  ]);
});

test("a file that is loaded anew is reported anew", () => {
  const { library, seen, require, folder } = watched(["lib/inner.js"], "1.0.0");
  require(library);
  delete require.cache[join(folder, "lib/inner.js")];
  require(`${library}/lib/inner`);
  expect(seen).toHaveLength(2);
});

test("exports that a test tool puts in place of a file's are left alone", () => {
  const { library, seen, require, folder } = watched(["lib/inner.js"], "1.0.0");
  require(library);
  const cached = require.cache[join(folder, "lib/inner.js")];
  if (cached !== undefined) cached.exports = { name: "mock" };
  expect(require(`${library}/lib/inner`)).toEqual({ name: "mock" });
  expect(seen).toHaveLength(1);
});

test("every later call gets what the report returns", () => {
  const { library, require } = watched([], "1.0.0");
  reportFile({ library }, () => "ours");
  expect(require(library)).toBe("ours");
  expect(require(library)).toBe("ours");
});

test("files that require each other are reported when they are complete", () => {
  const { library, seen, require } = watched(["lib/inner.js"], "1.0.0", {
    "index.js": "module.exports = { inner: require('./lib/inner') };",
    "lib/inner.js": "exports.other = require('./other'); exports.name = 'inner';",
    "lib/other.js": "exports.early = require('./inner').name;",
  });
  expect(require(library)).toEqual({ inner: { other: { early: undefined }, name: "inner" } });
  expect(seen).toHaveLength(1);
});

test("an error of a file reaches the file that requires it, and the file is reported once it loads", () => {
  const { library, seen, require, folder } = watched(["lib/inner.js"], "1.0.0", {
    "lib/inner.js": "throw new Error('not today');",
  });
  expect(() => require(library)).toThrow("not today");
  expect(() => require(`${library}/lib/none.js`)).toThrow("Cannot find module");
  writeFileSync(join(folder, "lib/inner.js"), "exports.name = 'inner';");
  require(library);
  expect(seen).toHaveLength(1);
});

test("a library whose package.json has no version has an unknown one", () => {
  const { seen, require, folder } = watched(["lib/inner.js"], "1.0.0", { "package.json": "{}" });
  require(join(folder, "lib/inner.js"));
  expect(seen).toEqual([["lib/inner.js", undefined]]);
});

test("a report that throws is logged, and the library gets its exports", () => {
  const errors = collectWarnings();
  const { library, require } = watched([], "1.0.0");
  reportFile({ library }, () => {
    throw new Error("no meter");
  });
  expect(require(library)).toEqual({ inner: { name: "inner" } });
  expect(errors).toEqual([`${library} could not be instrumented`]);
  diag.disable();
});

test("a package behind a link is found by its real folder, as pnpm lays it out", () => {
  const { library, seen, require, folder } = watched(["", "lib/inner.js"], "1.0.0");
  const home = resolve(folder, "../../linked");
  mkdirSync(join(home, "node_modules"), { recursive: true });
  symlinkSync(folder, join(home, "node_modules", library), "junction");
  createRequire(join(home, "app.cjs"))(library);
  expect(seen).toEqual([
    ["lib/inner.js", "1.0.0"],
    ["", "1.0.0"],
  ]);
  require(library);
  expect(seen).toHaveLength(2);
});

test("what ES modules import is reported once the loader is hooked, by one hook for each library", () => {
  const { library, seen, folder } = watched(["", "lib/inner.js"], "1.0.0");
  const reports = new Map<string, Parameters<HookImports>[1]>();
  reportImports((name, report) => void reports.set(name, report));
  reports.get(library)?.({}, library, folder);
  reports.get(library)?.({}, join(library, "lib", "inner.js"), folder);
  reports.get(library)?.({}, library);
  expect(seen).toEqual([
    ["", "1.0.0"],
    ["lib/inner.js", "1.0.0"],
  ]);
});

test("a library is found by a path into node_modules, and by an import of the application's package", () => {
  const { library, seen, folder } = watched(["", "lib/inner.js"], "1.0.0");
  const home = resolve(folder, "../../application");
  const imported = "#parcel";
  mkdirSync(home);
  writeFileSync(join(home, "package.json"), JSON.stringify({ imports: { [imported]: library } }));
  const require = createRequire(join(home, "app.cjs"));
  require(`../node_modules/${library}/lib/inner.js`);
  expect(seen).toEqual([["lib/inner.js", "1.0.0"]]);
  require(imported);
  expect(seen).toEqual([
    ["lib/inner.js", "1.0.0"],
    ["", "1.0.0"],
  ]);
});

test("garbage in place of a name fails as in Node.js", () => {
  const { require } = watched([""], "1.0.0");
  for (const garbage of [undefined, 5, Symbol("parcel"), Object.create(null)])
    expect(() => Reflect.apply(require, undefined, [garbage])).toThrow(
      expect.objectContaining({ code: "ERR_INVALID_ARG_TYPE" }),
    );
});
