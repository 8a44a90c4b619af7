import { existsSync, readFileSync, readdirSync, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { type PackedProject, packedProject } from "../kit/packed-project.ts";
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
    "bench",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "dist",
    "docs",
    "examples",
    "instrumentations",
    "LICENSE",
    "package.json",
    "README.md",
    "src",
  ]);
  const strangers = files
    .filter((file) => !file.startsWith("examples"))
    .filter((file) => !/\.(?:ts|js|map|md)$|^LICENSE$|^package\.json$/.test(file));
  expect(strangers).toEqual([]);
  const ofTests = files.filter((file) => /(?<!alerts)\.test\.|tsconfig/.test(file));
  expect(ofTests).toEqual([]);
});

test("every relative link of a document leads to a file of the package", () => {
  const dead = files
    .filter((file) => file.endsWith(".md"))
    .flatMap((file) => {
      // Blocks of code hold no links.
      const text = readFileSync(join(packed.installed, file), "utf8").replaceAll(/^```[^]*?^```/gm, "");
      const links = [...text.matchAll(/\]\(([^)\s#]+)[^)]*\)/g)].map(([, link = ""]) => link);
      return links
        .filter((link) => !/^[a-z]+:/i.test(link))
        .filter((link) => !existsSync(resolve(packed.installed, dirname(file), link)))
        .map((link) => `${file}: ${link}`);
    });
  expect(dead).toEqual([]);
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
// With all hooks, the history, the examples and 80 kB of documents it was 1,830 kB.
test("the package is small", () => {
  expect(statSync(packed.tarball).size).toBeLessThan(2_100 * 1_000);
});

test("the version in the source is the package's", () => {
  const manifest: { version: string } = JSON.parse(
    readFileSync(join(packed.installed, "package.json"), "utf8"),
  );
  expect(VERSION).toBe(manifest.version);
});
