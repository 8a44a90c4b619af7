import { execFile } from "node:child_process";
import { existsSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { transformWithEsbuild } from "vite";
import { beforeAll, describe, expect, test } from "vitest";
import { type MarkdownBlock, isAsShown, markdownBlocks } from "./kit/markdown-blocks.ts";
import { application, lockFor, packedProject } from "./kit/packed-project.ts";
import { type RunNodeOptions, type RunningProcess, outputOf, runNode } from "./kit/process.ts";
import { isLong } from "./kit/test-length.ts";
import { unreadable } from "./servers/check-metrics.ts";
import { needs } from "./servers/needs.ts";

const repository = resolve(import.meta.dirname, "..");

// Strict, as a user's project may be.
const compilerOptions = {
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

// `npm install tachymeter` installs the tarball, at the versions of our lock. In the short form only the README's does; in
// other documents it links the packages of the packed project.
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
`;

test("the README has examples", () => {
  expect(blocksOf("README.md").filter(({ language }) => language === "js").length).toBeGreaterThan(0);
});

test("the README has at most 10,240 bytes", () => {
  expect(readFileSync(join(repository, "README.md")).length).toBeLessThanOrEqual(10_240);
});

describe.each(documents())("%s", (document) => {
  const blocks = blocksOf(document);
  const programs = blocks.filter(({ file }) => file === undefined);
  const files = blocks.flatMap(({ file, ...block }) => (file === undefined ? [] : [{ ...block, file }]));
  let cwd: string;
  const outputs: string[] = [];

  beforeAll(async () => {
    const manifest = { name: "example", version: "1.0.0", private: true, type: "module" };
    cwd = await application({
      "package.json": JSON.stringify(manifest),
      "package-lock.json": JSON.stringify(lockFor(manifest)),
      ...Object.fromEntries(files.map(({ file, text }) => [file, text])),
    });
  });

  test.each(files)("line $line: $file is run by a later sh example", ({ line, file }) => {
    const later = programs.filter((block) => block.language === "sh" && block.line > line);
    expect(later.map(({ text }) => text).join("")).toContain(file);
  });

  test.for(programs)("line $line: the $language example does what is shown", async (block, context) => {
    if (block.language === "sh" && /^curl /m.test(block.text)) needs(context, "curl");
    const output = await outputOfBlock(await started(document, block, cwd), block);
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
});

// One compiler for the examples of all documents, each in a folder of its own.
test("the ts examples are well typed", async () => {
  const examples = documents().flatMap((document) =>
    blocksOf(document)
      .filter(({ language }) => language === "ts")
      .map(({ line, file, text }): [string, string] => [`${document}/${file ?? `line-${line}.ts`}`, text]),
  );
  const cwd = await application({
    "package.json": JSON.stringify({ type: "module" }),
    "tsconfig.json": JSON.stringify({ compilerOptions, include: ["**/*.ts"] }),
    ...Object.fromEntries(examples),
  });
  const compiler = join(repository, "node_modules", "typescript", "bin", "tsc");
  const errors = await promisify(execFile)(process.execPath, [compiler, "-p", "."], { cwd }).then(
    () => "",
    (error: { stdout: string }) => error.stdout,
  );
  expect(examples.length).toBeGreaterThan(0);
  expect(errors).toBe("");
});

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
  const program = `line-${line}.mjs`;
  const { target } = compilerOptions;
  // Compiles decorators and `using`, which Node.js does not support yet.
  const code =
    language === "ts" ? (await transformWithEsbuild(text, `line-${line}.ts`, { target })).code : text;
  writeFileSync(join(cwd, program), code);
  return runNode({ ...lifetime, args: [program] });
}

async function outputOfBlock(child: RunningProcess, { until }: MarkdownBlock): Promise<string> {
  if (until === undefined) return outputOf(child);
  await child.waitForOutput(new RegExp(until));
  return child.stdout;
}

function documents(): string[] {
  const instrumentations = readdirSync(join(repository, "instrumentations")).map(
    (name) => `instrumentations/${name}/README.md`,
  );
  const docs = join(repository, "docs");
  const chapters = (existsSync(docs) ? readdirSync(docs) : []).map((name) => `docs/${name}`);
  return ["README.md", "CHANGELOG.md", ...chapters, ...instrumentations].filter(
    (name) => blocksOf(name).length > 0,
  );
}

function blocksOf(document: string): MarkdownBlock[] {
  const file = join(repository, document);
  return existsSync(file) && file.endsWith(".md") ? markdownBlocks(readFileSync(file, "utf8")) : [];
}
