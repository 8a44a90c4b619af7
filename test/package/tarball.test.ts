import { existsSync, readFileSync, readdirSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
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

test("the package contains the build and its documents, and nothing else", () => {
  const tops = new Set(files.map((file) => file.split(/[\\/]/, 1).join()));
  expect([...tops].toSorted((a, b) => a.localeCompare(b))).toEqual([
    "CHANGELOG.md",
    "dist",
    "docs",
    "examples",
    "LICENSE",
    "llms.txt",
    "package.json",
    "README.md",
    "SECURITY.md",
  ]);
  const strangers = files
    .filter((file) => !file.startsWith("examples"))
    .filter(
      (file) =>
        !/^dist[\\/](?:[^\\/]+\.(?:d\.ts|js)|register\.(?:d\.cts|cjs)|licenses\.txt)$|\.md$|^docs[\\/]prices-[\d-]+\.json$|^LICENSE$|^llms\.txt$|^package\.json$/.test(
          file,
        ),
    );
  expect(strangers).toEqual([]);
});

test("licenses.txt names the license of each package whose code is in the build", () => {
  const text = readFileSync(join(packed.installed, "dist/licenses.txt"), "utf8");
  const names = [...text.matchAll(/^(\S+) \d+\.\d+\.\d+ \((?:Apache-2\.0|ISC|MIT)\)$/gm)].map(
    ([, name]) => name,
  );
  expect(names).toEqual(
    expect.arrayContaining(["@opentelemetry/sdk-metrics", "preact", "re2js", "uplot", "zod"]),
  );
  expect(text).toContain("Permission is hereby granted, free of charge");
  expect(text).toContain("Apache License");
  const noticed = files.filter(
    (file) =>
      file.endsWith(".js") &&
      readFileSync(join(packed.installed, file), "utf8").startsWith("/*! Contains code of "),
  );
  expect(noticed.length).toBeGreaterThan(3);
});

// Pictures are in the repository alone, from which package registries show them.
test("every relative link of a document leads to a file of the package, and to a heading of it", () => {
  const dead = files
    .filter((file) => file.endsWith(".md"))
    .flatMap((file) => {
      const links = [...proseOf(file).matchAll(/\]\(([^)\s#]*)(?:#([^)\s]+))?[^)]*\)/g)];
      return links
        .filter(([, link = ""]) => !/^[a-z]+:|\.png$/i.test(link))
        .filter(([, link = "", heading]) => !exists(link === "" ? file : join(dirname(file), link), heading))
        .map(([, link = "", heading = ""]) => `${file}: ${link}#${heading}`);
    });
  expect(dead).toEqual([]);
});

function exists(path: string, heading: string | undefined): boolean {
  if (!existsSync(join(packed.installed, path))) return false;
  return heading === undefined || headingsOf(path).has(heading);
}

// Blocks of code hold no links and no headings.
function proseOf(file: string): string {
  return readFileSync(join(packed.installed, file), "utf8").replaceAll(/^```[^]*?^```/gm, "");
}

// Anchors as GitHub makes them of headings; a heading that comes again gets a number.
function headingsOf(file: string): Set<string> {
  const headings = new Set<string>();
  for (const [, heading = ""] of proseOf(file).matchAll(/^#+ (.*)$/gm)) {
    const text = heading.replaceAll(/\[([^\]]*)\]\([^)]*\)/g, "$1").toLowerCase();
    const anchor = text.replaceAll(/[^\p{L}\p{N}_ -]/gu, "").replaceAll(" ", "-");
    let unique = anchor;
    for (let n = 1; headings.has(unique); n++) unique = `${anchor}-${n}`;
    headings.add(unique);
  }
  return headings;
}

test("the JavaScript is ASCII, which V8 stores in one byte per character", () => {
  const others = files
    .filter((file) => file.endsWith(".js"))
    .filter((file) => /[\u0080-\uffff]/.test(readFileSync(join(packed.installed, file), "utf8")));
  expect(others).toEqual([]);
});

test("the JavaScript has no comments, the declarations have comments", () => {
  const modules = files.filter((file) => /dist.*\.js$/.test(file));
  const commented = modules.filter((file) =>
    // The media type "*/*" may begin a line, and encoded bytes may continue one with slashes.
    /(?<!\\\n)^\s*(?:\/\*(?!! Contains code of |["`])|\/\/)/m.test(
      readFileSync(join(packed.installed, file), "utf8"),
    ),
  );
  expect(commented).toEqual([]);
  const declarations = files
    .filter((file) => file.endsWith(".d.ts"))
    .map((file) => readFileSync(join(packed.installed, file), "utf8"));
  expect(declarations.join("\n")).toContain("/** A time: a `Date`, ISO 8601");
});

test("the package is small", () => {
  const sizes = files.map((file) => statSync(join(packed.installed, file)).size);
  // Two files for each entry point, some with a third for further parts, a page of its documentation, and the licenses of bundled packages. The page, the
  // terminal and the API of prom-client are 400 KB of it. The command for agents is 490 KB, nearly all of it the protocol's package. The parts of upstream's SDK that it contains are 50 KB. As dependencies they were 13 MB.
  expect(files.length, "raise it by what your change needs").toBeLessThanOrEqual(242);
  expect(
    sizes.reduce((sum, size) => sum + size, 0),
    "raise it by what your change needs",
  ).toBeLessThanOrEqual(4_960_000);
});

test("the version in the source is that of the package", () => {
  const manifest: { version: string } = JSON.parse(
    readFileSync(join(packed.installed, "package.json"), "utf8"),
  );
  expect(VERSION).toBe(manifest.version);
});
