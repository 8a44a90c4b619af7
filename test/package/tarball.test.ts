import { existsSync, readFileSync, readdirSync, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { type PackedProject, packedProject } from "../packed-project.ts";
import { VERSION } from "../../src/version.ts";

let packed: PackedProject;
let files: readonly string[];

beforeAll(async () => {
  packed = await packedProject();
  files = readdirSync(packed.installed, { recursive: true, encoding: "utf8" }).filter((path) =>
    statSync(join(packed.installed, path)).isFile(),
  );
});

test("the package carries the build, its sources and its documents, and nothing else", () => {
  const tops = new Set(files.map((file) => file.split(/[\\/]/, 1).join()));
  expect([...tops].toSorted((a, b) => a.localeCompare(b))).toEqual([
    "CHANGELOG.md",
    "dist",
    "docs",
    "instrumentations",
    "LICENSE",
    "package.json",
    "README.md",
    "src",
  ]);
  const strangers = files.filter((file) => !/\.(?:ts|js|map|md)$|^LICENSE$|^package\.json$/.test(file));
  expect(strangers).toEqual([]);
  expect(files.filter((file) => /\.test\.|tsconfig/.test(file))).toEqual([]);
});

test("every source map leads to a source that is in the package", () => {
  const maps = files.filter((file) => file.endsWith(".map"));
  expect(maps.length).toBeGreaterThan(0);
  const broken = maps.flatMap((file) => {
    const map: { sources: string[] } = JSON.parse(readFileSync(join(packed.installed, file), "utf8"));
    const home = dirname(join(packed.installed, file));
    return map.sources
      .filter((source) => !existsSync(resolve(home, source)))
      .map((source) => `${file}: ${source}`);
  });
  expect(broken).toEqual([]);
});

test("the JavaScript has no comments, the declarations have", () => {
  const modules = files.filter((file) => /dist.*\.js$/.test(file));
  const commented = modules.filter((file) =>
    /^\s*(?:\/\*(?!! Contains code of OpenTelemetry)|\/\/(?!# sourceMappingURL=))/m.test(
      readFileSync(join(packed.installed, file), "utf8"),
    ),
  );
  expect(commented).toEqual([]);
  const declarations = files.filter((file) => /facades.*\.d\.ts$/.test(file));
  expect(
    declarations.some((file) => readFileSync(join(packed.installed, file), "utf8").includes("/**")),
  ).toBe(true);
});

// More than half of it is what one needs to look into it: the sources, a third, and the maps that lead there, a quarter.
// With all hooks, the history and 80 kB of documents it was 1,700 kB.
test("the package is small", () => {
  expect(statSync(packed.tarball).size).toBeLessThan(1_800 * 1_000);
});

test("the version in the source is the package's", () => {
  const manifest: { version: string } = JSON.parse(
    readFileSync(join(packed.installed, "package.json"), "utf8"),
  );
  expect(VERSION).toBe(manifest.version);
});
