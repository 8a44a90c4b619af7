import { readFileSync } from "node:fs";
import { join, posix } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { type PackedProject, packedProject } from "./kit/packed-project.ts";
import { ownEntryPoints, specifiersOf } from "./kit/source-imports.ts";

let packed: PackedProject;

beforeAll(async () => {
  packed = await packedProject();
});

// What several entry points share stands in the snapshot of the first: on these two the others build.
const foundations = ["tachymeter/metrics", "tachymeter/facades"];
const rank = (name: string): number =>
  foundations.includes(name) ? foundations.indexOf(name) : 100 - name.length;
const entryPoints = [...ownEntryPoints].toSorted(([a], [b]) => rank(a) - rank(b) || (a < b ? -1 : 1));

test.each(entryPoints.map(([name]) => name))(
  "the declarations of %s are those of the snapshot",
  async (name) => {
    const written = new Set<string>();
    let surface = "";
    for (const [each, source] of entryPoints) {
      surface = declarationsFrom(source.replace(/\.ts$/, ".d.ts"), written);
      if (each === name) break;
    }
    const file = name.replace("tachymeter/", "").replaceAll("/", "-");
    await expect(surface).toMatchFileSnapshot(`api-surface/${file}.d.ts`);
  },
);

// The declarations of a module and of those that it reaches by relative imports, each once, without comments.
function declarationsFrom(module: string, written: Set<string>): string {
  if (written.has(module)) return "";
  written.add(module);
  const text = readFileSync(join(packed.installed, "dist", module), "utf8")
    .replaceAll(/\/\*\*[\s\S]*?\*\//g, "")
    .replaceAll(/^\/\/.*$/gm, "")
    .replaceAll(/^\s*\n/gm, "");
  const imported = specifiersOf(text).filter((specifier) => specifier.startsWith("."));
  return [
    `// ${module}\n${text}`,
    ...imported.map((specifier) => {
      const target = posix.join(posix.dirname(module), specifier);
      return declarationsFrom(target.replace(/\.ts$/, ".d.ts"), written);
    }),
  ].join("\n");
}
