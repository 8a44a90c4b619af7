import { existsSync, readFileSync } from "node:fs";
import { join, posix } from "node:path";
import { expect, test } from "vitest";
import {
  type SourceImport,
  importsOf,
  sourceFiles,
  sourceFolders,
  specifiersOf,
} from "./kit/source-imports.ts";

const upstream = ["@opentelemetry/core", "@opentelemetry/resources", "@opentelemetry/sdk-metrics"];
// Allowed for every room.
const forAll = ["src/diagnostics", "src/io", "src/options"];
// The words of the table for several targets.
const WORDS: Readonly<Record<string, readonly string[]>> = {
  API: ["@opentelemetry/api"],
  "Node's modules": ["node:"],
  "upstream's packages": upstream,
  everything: ["everything"],
  "each library": sourceFolders("instrumentations").filter(
    (folder) => !/^instrumentations(?:\/shared)?$/.test(folder),
  ),
};
const LIBRARY = "instrumentations/<library>";
const rooms = roomsOf(readFileSync(join(import.meta.dirname, "../src/README.md"), "utf8"));

// Lines of each room in November 2026 and 5 % more. Raise a number only for a feature that needs it.
const BUDGETS: Readonly<Record<string, number>> = {
  "src/history": 17_000,
  "src/alerts": 17_260,
  "src/readers": 13_600,
  "src/query": 15_660,
  instrumentations: 19_320,
  "src/cli": 11_585,
  "src/group": 10_105,
  "src/engine": 9_550,
  "src/page": 11_320,
  "src/facades": 7_515,
  "src/io": 6_370,
  "src/sdk": 6_470,
  "src/prom-client": 5_835,
  "src/anomalies": 5_100,
  "src/host": 3_760,
  "src/options": 3_065,
  "src/translation": 2_150,
  "src/collector": 2_100,
  "src/configuration": 1_900,
  "src/testing": 1_750,
  "src/events": 1_300,
  "src/recording": 1_050,
  "src/diagnostics": 800,
  "src/frameworks": 650,
  "src/profiles": 1_450,
  "src/explain": 1_030,
  "src/bundler": 525,
};

const files = sourceFiles("src", "instrumentations");
const imports = importsOf(files);

test("every folder of the source is in the table of rooms, or within a room of the table", () => {
  const folders = sourceFolders("src", "instrumentations").filter((folder) => folder !== "instrumentations");
  expect(
    folders.filter((folder) => ["src", folder, "."].includes(roomOf(`${folder}/x`)) && !(folder in rooms)),
    "add a row to the table of src/README.md",
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
  expect(
    imports.filter((each) => !isAllowed(each)).map(shown),
    "the table of src/README.md does not allow it",
  ).toEqual([]);
});

test("every permission of the table is used", () => {
  const targetsOfRoom = new Map<string, Set<string>>();
  for (const { file, target } of imports) {
    const room = roomOf(file);
    targetsOfRoom.set(room, (targetsOfRoom.get(room) ?? new Set()).add(target));
  }
  const unused = Object.entries(rooms).flatMap(([room, allowed]) => {
    const targets = [...(targetsOfRoom.get(room) ?? [])];
    return allowed
      .filter((each) => !targets.some((target) => covers(each, target)))
      .map((each) => `${room}: ${each}`);
  });
  // All libraries have one list.
  expect(
    unused.filter((line) => !/^instrumentations\/(?!index\.ts)/.test(line)),
    "remove it from the table of src/README.md",
  ).toEqual([]);
});

test("no room has more lines than its budget, so that growth is a decision", () => {
  const lines = Object.keys(BUDGETS).map((room): [room: string, lines: number] => {
    const ofRoom = files.filter((file) => file.startsWith(`${room}/`));
    return [room, ofRoom.reduce((sum, file) => sum + linesOf(file), 0)];
  });
  const shownLines = ([room, count]: [string, number]): string => `${room}: ${count} of ${BUDGETS[room]!}`;
  expect(
    lines.filter(([room, count]) => count > BUDGETS[room]!).map(shownLines),
    "look for lines that your change makes superfluous, then raise BUDGETS of this test by what it needs",
  ).toEqual([]);
  expect(
    lines.filter(([room, count]) => count < 0.85 * BUDGETS[room]!).map(shownLines),
    "lower BUDGETS of this test: a budget far above the room allows anything",
  ).toEqual([]);
  const counted = lines.reduce((sum, [, count]) => sum + count, 0);
  const all = files.filter(
    (file) => file.includes("/", "src/".length) || file.startsWith("instrumentations/"),
  );
  expect(counted, "BUDGETS of this test has each room once").toBe(
    all.reduce((sum, file) => sum + linesOf(file), 0),
  );
});

test("the files that CONTRIBUTING.md names exist", () => {
  const text = readFileSync(join(import.meta.dirname, "../CONTRIBUTING.md"), "utf8");
  const names = [...text.matchAll(/`((?:bench|docs|examples|instrumentations|src|test)\/[\w./-]*)`/g)];
  expect(names.length).toBeGreaterThan(40);
  const isThere = ([, name = ""]: RegExpExecArray): boolean =>
    existsSync(join(import.meta.dirname, "..", name));
  expect(names.filter((each) => !isThere(each)).map(([, name]) => name)).toEqual([]);
});

test("the figures that CONTRIBUTING.md follows pass through existing files and names", () => {
  const text = readFileSync(join(import.meta.dirname, "../CONTRIBUTING.md"), "utf8");
  const [, section = ""] = /^## Follow a figure\n([^]*?)^## /m.exec(text) ?? [];
  const steps = section.split("\n").filter((line) => /^\d+\. /.test(line));
  expect(steps.length).toBeGreaterThan(30);
  const wrong: string[] = [];
  for (const step of steps) {
    let source = "";
    for (const [, name = ""] of step.matchAll(/`([^`]+)`/g)) {
      if (name.endsWith(".ts")) {
        const isThere = files.includes(`src/${name}`);
        source = isThere ? readFileSync(join(import.meta.dirname, "../src", name), "utf8") : "";
        if (source === "") wrong.push(name);
      } else if (/^\w+$/.test(name) && !source.includes(name)) wrong.push(`${step}: ${name}`);
    }
  }
  expect(wrong).toEqual([]);
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
    "src/alerts/rules/yaml-values.ts",
    "src/cli/mcp/serve.ts",
    "src/cli/mcp/server.ts",
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

// The allowed imports by room, from the table of the map. A room is a folder with all its subfolders, or a single file. A
// target is a room, a file, a package, `node:` or everything. Within a room all imports are allowed, except cycles.
function linesOf(file: string): number {
  return readFileSync(join(import.meta.dirname, "..", file), "utf8").split("\n").length - 1;
}

function roomsOf(map: string): Readonly<Record<string, readonly string[]>> {
  const rows = [...map.matchAll(/^\| `(?<room>[^`]+)` \| [^|]* \| (?<targets>.*) ?\|$/gm)];
  const table = rows.map(
    ({ groups }) => [pathOf(groups?.["room"] ?? ""), groups?.["targets"] ?? ""] as const,
  );
  const library = targetsOf(table.find(([room]) => room === LIBRARY)?.[1] ?? "", []);
  const libraries = sourceFolders("instrumentations").filter((folder) => folder !== "instrumentations");
  return {
    ...Object.fromEntries(libraries.map((folder) => [folder, library])),
    ...Object.fromEntries(table.map(([room, targets]) => [room, targetsOf(targets, library)])),
  };
}

function targetsOf(cell: string, library: readonly string[]): readonly string[] {
  return cell
    .split(",")
    .map((target) => target.trim())
    .filter((target) => target !== "")
    .flatMap((target) => {
      if (target === "as a library") return library;
      const [, code] = /^`(.+)`$/.exec(target) ?? [];
      if (code !== undefined) return [/^\.\.|\.ts$|\/$/.test(code) ? pathOf(code) : code];
      const known = WORDS[target];
      if (known === undefined) throw new Error(`src/README.md: unknown target ${target}`);
      return known;
    });
}

// The map's paths begin in `src/`.
function pathOf(name: string): string {
  return posix.join("src", name).replace(/(?:\/\*\.ts|\/)$/, "");
}

function isAllowed(each: SourceImport): boolean {
  const room = roomOf(each.file);
  if (room === roomOf(each.target) || forAll.includes(roomOf(each.target))) return true;
  return (rooms[room] ?? []).some((allowed) => covers(allowed, each.target));
}

function covers(allowed: string, target: string): boolean {
  return (
    allowed === "everything" ||
    allowed === target ||
    allowed === roomOf(target) ||
    (allowed === "node:" && target.startsWith("node:"))
  );
}

// Entry points according to the package's documentation; its package.json has no `exports`.
const LOADER_HOOKS = ["register-hooks", "supports-sync-hooks"].map(
  (name) => `import-in-the-middle/${name}.mjs`,
);

// The package, if it exports the imported path.
function packageOfDoor(specifier: string): string {
  const [name = ""] = /^(?:@[^/]+\/)?[^/]+/.exec(specifier) ?? [];
  if (specifier === name || LOADER_HOOKS.includes(specifier)) return name;
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
