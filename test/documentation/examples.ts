import { existsSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { transformWithEsbuild } from "vite";
import { beforeAll, describe, expect, test } from "vitest";
import { type MarkdownBlock, isAsShown, markdownBlocks } from "../kit/markdown-blocks.ts";
import { application, lockFor, packedProject } from "../kit/packed-project.ts";
import { type RunNodeOptions, type RunningProcess, outputOf, runNode } from "../kit/process.ts";
import { isLong } from "../kit/test-length.ts";
import { unreadable } from "../servers/check-metrics.ts";
import { needs } from "../servers/needs.ts";

/** The root of the repository. */
export const repository = resolve(import.meta.dirname, "../..");

/** Strict, as a user's project may be. */
export const compilerOptions = {
  target: "es2023",
  module: "nodenext",
  lib: ["es2023", "esnext.disposable"],
  types: ["node"],
  strict: true,
  exactOptionalPropertyTypes: true,
  noEmit: true,
  skipLibCheck: true,
};

const LINKED = ["tachymeter", "@opentelemetry/api"];

// `npm install tachymeter` installs the tarball, at the versions of our lock. In the short form only the README's does. The
// other documents link the packages of the packed project, and run their programs without npx, which is slow.
const shellPrelude = `
set -euo pipefail
npm() {
  if [ -n "$LINKED" ]; then
    [ "$*" = "install tachymeter" ] || [ "$*" = "install tachymeter @opentelemetry/api" ]
    mkdir -p node_modules/@opentelemetry node_modules/.bin
    for name in $LINKED; do ln -s "$MODULES/$name" "node_modules/$name"; done
    ln -s ../tachymeter/dist/tachymeter.js node_modules/.bin/tachymeter
    return
  fi
  local arguments=()
  for argument in "$@"; do
    [ "$argument" != tachymeter ] || argument="$TARBALL"
    arguments+=("$argument")
  done
  command npm --prefer-offline --no-audit --no-fund "\${arguments[@]}"
}
npx() {
  if [ -n "$LINKED" ]; then "node_modules/.bin/$1" "\${@:2}"; else command npx "$@"; fi
}
`;

/** Tests that the examples of some documents do what is shown. */
export function testExamples(names: readonly string[]): void {
  describe.each(names)("%s", (document) => {
    testDocument(document);
  });
}

function testDocument(document: string): void {
  const blocks = blocksOf(document);
  const programs = blocks.filter(({ file }) => file === undefined);
  const files = blocks.flatMap(({ file, ...block }) => (file === undefined ? [] : [{ ...block, file }]));
  let cwd: string;
  const outputs: string[] = [];
  const together = isLong ? () => undefined : sharedProcesses(programs);

  beforeAll(async () => {
    const manifest = { name: "example", version: "1.0.0", private: true, type: "module" };
    cwd = await application({
      "package.json": JSON.stringify(manifest),
      "package-lock.json": JSON.stringify(lockFor(manifest)),
      "run-blocks.mjs": readFileSync(join(import.meta.dirname, "run-blocks.js"), "utf8"),
      ...Object.fromEntries(files.map(({ file, text }) => [file, text])),
    });
  });

  test.each(files)("line $line: $file is run by a later sh example", ({ line, file }) => {
    const later = programs.filter((block) => block.language === "sh" && block.line > line);
    expect(later.map(({ text }) => text).join("")).toContain(file);
  });

  test.for(programs)("line $line: the $language example does what is shown", async (block, context) => {
    if (block.language === "sh" && /^curl /m.test(block.text)) needs(context, "curl");
    // A block that needs its own process does not do in another what is shown.
    const first = await together(block, cwd);
    const output =
      first !== undefined && isAsShown(first, block.output ?? "")
        ? first
        : await outputOfBlock(await started(document, block, cwd), block);
    outputs.push(output);
    // The output of an sh example need not be shown.
    const shown = block.output ?? (block.language === "sh" ? output : "");
    // `toBe` shows the difference.
    expect(isAsShown(output, shown) ? shown : output).toBe(shown);
  });

  const tools = blocks.some(({ text, output = "" }) => /\.prom"|^# TYPE /m.test(text + output))
    ? ["promtool"]
    : [];
  test.for(tools)("%s reads each text for Prometheus that the examples print or write", (tool, context) => {
    needs(context, tool);
    const written = readdirSync(cwd).filter((name) => name.endsWith(".prom"));
    const printed = outputs.flatMap((output) => /^# (?:HELP|TYPE) [^]*/m.exec(output)?.[0] ?? []);
    const texts = [...written.map((name) => readFileSync(join(cwd, name), "utf8")), ...printed];
    expect(texts.length).toBeGreaterThan(0);
    expect(texts.map(unreadable)).toEqual(texts.map(() => ""));
  });
}

async function started(
  document: string,
  { language, line, text, until }: MarkdownBlock,
  cwd: string,
): Promise<RunningProcess> {
  // A background process outlives its own test.
  const lifetime: Pick<RunNodeOptions, "cwd" | "lifetime"> = {
    cwd,
    lifetime: until === undefined ? "test" : "file",
  };
  if (language === "sh") {
    const { folder, tarball } = await packedProject();
    const linked = isLong || document === "README.md" ? [] : LINKED;
    return runNode({
      ...lifetime,
      command: "bash",
      args: ["-c", shellPrelude + text],
      env: { TARBALL: tarball, MODULES: join(folder, "node_modules"), LINKED: linked.join(" ") },
    });
  }
  return runNode({ ...lifetime, args: [await programOf({ language, line, text }, cwd)] });
}

// The file of a js or ts block.
async function programOf(
  { language, line, text }: Pick<MarkdownBlock, "language" | "line" | "text">,
  cwd: string,
): Promise<string> {
  const program = `line-${line}.mjs`;
  const { target } = compilerOptions;
  // Compiles decorators and `using`, which Node.js does not support yet.
  const code =
    language === "ts" ? (await transformWithEsbuild(text, `line-${line}.ts`, { target })).code : text;
  writeFileSync(join(cwd, program), code);
  return program;
}

// Returns what a js or ts block printed in one process with those beside it, up to the next sh block. Undefined if it is
// alone, or if the process ended before it did.
function sharedProcesses(
  programs: readonly MarkdownBlock[],
): (block: MarkdownBlock, cwd: string) => Promise<string | undefined> {
  const groups: { readonly blocks: MarkdownBlock[]; outputs?: Promise<readonly string[]> }[] = [];
  for (const [i, block] of programs.entries()) {
    if (block.language === "sh") continue;
    const previous = programs[i - 1];
    if (previous === undefined || previous.language === "sh" || ALONE.test(previous.text))
      groups.push({ blocks: [] });
    groups.at(-1)?.blocks.push(block);
  }
  return async (block, cwd) => {
    const group = groups.find(({ blocks }) => blocks.includes(block));
    if (group === undefined || group.blocks.length < 2) return undefined;
    group.outputs ??= outputsTogether(group.blocks, cwd);
    return (await group.outputs)[group.blocks.indexOf(block)];
  };
}

// Instrumentations are registered once in a process.
const ALONE = /"(?:tachymeter|prom-client)\/register"/;

async function outputsTogether(blocks: readonly MarkdownBlock[], cwd: string): Promise<readonly string[]> {
  const mark = "--- the end of a block ---";
  const programs = await Promise.all(blocks.map((block) => programOf(block, cwd)));
  const child = runNode({ cwd, args: ["run-blocks.mjs", mark, ...programs] });
  await child.exit;
  return child.stdout.split(`${mark}\n`).slice(0, -1);
}

async function outputOfBlock(child: RunningProcess, { until }: MarkdownBlock): Promise<string> {
  if (until === undefined) return outputOf(child);
  await child.waitForOutput(new RegExp(until));
  return child.stdout;
}

/** All documents with examples, as paths in the repository. */
export function documents(): string[] {
  const instrumentations = readdirSync(join(repository, "instrumentations")).map(
    (name) => `instrumentations/${name}/README.md`,
  );
  const docs = join(repository, "docs");
  const chapters = (existsSync(docs) ? readdirSync(docs) : []).map((name) => `docs/${name}`);
  return ["README.md", "CHANGELOG.md", ...chapters, ...instrumentations].filter(
    (name) => blocksOf(name).length > 0,
  );
}

/** The examples of a document. */
export function blocksOf(document: string): MarkdownBlock[] {
  const file = join(repository, document);
  return existsSync(file) && file.endsWith(".md") ? markdownBlocks(readFileSync(file, "utf8")) : [];
}
