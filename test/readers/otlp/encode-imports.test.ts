import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { importsOf, sourceFiles } from "../../kit/source-imports.ts";

const TRANSFORMER = "@opentelemetry/otlp-transformer";

test("the encoder imports nothing of upstream's serializer, directly or indirectly", () => {
  const packages = packagesOf("src/readers/otlp/encode/index.ts");
  expect([...packages].toSorted()).toEqual([
    "@opentelemetry/api",
    "@opentelemetry/core",
    "@opentelemetry/resources",
    "@opentelemetry/sdk-metrics",
    "@opentelemetry/semantic-conventions",
  ]);
  // Shows that the walk finds the package if it is imported.
  expect(packagesOf("src/readers/otlp/exporter.ts")).toContain(TRANSFORMER);
});

// All packages that a file, its imports and those packages may load.
function packagesOf(entry: string): ReadonlySet<string> {
  const files = sourceFiles("src");
  const imports = importsOf(files);
  const found = new Set<string>();
  const seen = new Set<string>();
  const visit = (target: string): void => {
    if (seen.has(target)) return;
    seen.add(target);
    if (!files.includes(target)) addPackage(target, found);
    for (const each of imports) if (each.file === target) visit(each.target);
  };
  visit(entry);
  return found;
}

function addPackage(target: string, found: Set<string>): void {
  // Without the path after its name.
  const [name = target] = /^(?:@[^/]+\/)?[^/]+/.exec(target) ?? [];
  if (name.startsWith("node:") || found.has(name)) return;
  found.add(name);
  const path = join(import.meta.dirname, "../../../node_modules", name, "package.json");
  const manifest: { dependencies?: Record<string, string> } = JSON.parse(readFileSync(path, "utf8"));
  for (const each of Object.keys(manifest.dependencies ?? {})) addPackage(each, found);
}
