// Names of functions: source maps, packages, paths, and texts from outside.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { build } from "esbuild";
import { expect, test } from "vitest";
import { FunctionNames } from "../../src/profiles/names.ts";
import { newFolder } from "../kit/new-folder.ts";

const SOURCE = `
export const other = 1;
// A comment that a bundler removes.
export function longName(given: number): number {
  return given * other;
}
export const arrow = (given: number): number => given - 1;
globalThis.console.log(longName(1), arrow(2));
`;

async function bundled(options: object) {
  const folder = newFolder("profiles-names");
  mkdirSync(join(folder, "src"));
  writeFileSync(join(folder, "src/app.ts"), SOURCE);
  await build({
    entryPoints: [join(folder, "src/app.ts")],
    outfile: join(folder, "dist/app.js"),
    bundle: true,
    logLevel: "error",
    ...options,
  });
  return folder;
}

/** Position of a function as V8 reports it: behind its name. */
function positionOf(code: string, name: string): { readonly line: number; readonly column: number } {
  const before = code.slice(0, code.indexOf(name) + name.length).split("\n");
  return { line: before.length - 1, column: before.at(-1)!.length };
}

test.each(["linked", "inline"])(
  "a function has its place in the source, by a source map that is %s",
  async (sourcemap) => {
    const folder = await bundled({ sourcemap });
    const file = join(folder, "dist/app.js");
    const names = new FunctionNames(folder);
    const position = positionOf(codeOf(file), "longName");
    for (const url of [file, pathToFileURL(file).href])
      expect(names.of({ function: "longName", url, ...position })).toEqual({
        function: "longName",
        file: "src/app.ts",
        line: 4,
      });
  },
);

test("a minified function has its original name", async () => {
  const folder = await bundled({ sourcemap: true, minify: true });
  const file = join(folder, "dist/app.js");
  const code = codeOf(file);
  const [, name = ""] = /function (\w+)\(/.exec(code) ?? [];
  const named = new FunctionNames(folder).of({
    function: name,
    url: file,
    ...positionOf(code, `function ${name}`),
  });
  expect(named).toEqual({ function: "longName", file: "src/app.ts", line: 4 });
});

test("without a source map, or with a damaged or missing one, the file itself is named", () => {
  const folder = newFolder("profiles-names");
  const names = new FunctionNames(folder);
  const maps = [
    "missing.js.map",
    "damaged.js.map",
    "https://maps.example/x.map",
    "data:application/json;base64,e30=",
  ];
  writeFileSync(join(folder, "damaged.js.map"), "{");
  for (const [index, map] of maps.entries()) {
    const url = join(folder, `${index}.js`);
    writeFileSync(url, `function f() {}\n//# sourceMappingURL=${map}\n`);
    expect(names.of({ function: "f", url, line: 0, column: 10 })).toEqual({
      function: "f",
      file: `${index}.js`,
      line: 1,
    });
  }
});

test("packages, anonymous functions, code without a file and files elsewhere are named as such", () => {
  const names = new FunctionNames("/app");
  const of = (name: string, url: string): object => names.of({ function: name, url, line: 2, column: 0 });
  expect(of("clone", "/app/node_modules/a/node_modules/@scope/lib/i.js")).toMatchObject({
    package: "@scope/lib",
  });
  expect(of("", "/app/src/a.js")).toEqual({ function: "anonymous", file: "src/a.js", line: 3 });
  expect(of("", "")).toEqual({ function: "anonymous" });
  expect(of("f", "/usr/lib/node_modules/tool/cli.js")).toEqual({
    function: "f",
    file: "node_modules/tool/cli.js",
    line: 3,
    package: "tool",
  });
  expect(of("readFileSync", "node:fs")).toEqual({ function: "readFileSync", file: "node:fs", line: 3 });
});

test("neither a program in a URL nor a query is shown, and long texts are cut", () => {
  const names = new FunctionNames("/app");
  const of = (name: string, url: string) => names.of({ function: name, url, line: 0, column: 0 });
  expect(of("f", "data:text/javascript,const password = 'x'").file).toBe("data:");
  expect(of("f", "https://cdn.example/a.js?key=secret#x").file).toBe("https://cdn.example/a.js");
  expect(of("x".repeat(100_000), `/app/${"y".repeat(100_000)}`)).toMatchObject({
    function: expect.stringMatching(/^x{127}…$/),
    file: expect.stringMatching(/^y{255}…$/),
  });
});

function codeOf(file: string): string {
  return readFileSync(file, "utf8");
}
