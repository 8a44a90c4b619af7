import { execFile } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { beforeAll, expect, test } from "vitest";
import { oncePerRun } from "../kit/once-per-run.ts";
import { application, npm, packedProject } from "../kit/packed-project.ts";
import { outputOf, runNode } from "../kit/process.ts";
import { isLong } from "../kit/test-length.ts";
import { ownEntryPoints } from "../kit/source-imports.ts";

const ours = resolve(import.meta.dirname, "..", "..", "node_modules", "typescript");

let compilers: Readonly<Record<string, string>>;

beforeAll(async () => {
  await packedProject();
  compilers = { "7": ours };
  if (!isLong) return;
  const older = await oncePerRun("typescript", async (folder) => {
    writeFileSync(join(folder, "package.json"), "{}\n");
    const versions = ["typescript-5.2@npm:typescript@5.2.2", "typescript-5.9@npm:typescript@5.9.3"];
    await npm(folder, ["install", "--prefer-offline", "--no-audit", "--no-fund", "--no-save", ...versions]);
  });
  compilers = {
    "5.2": join(older, "node_modules", "typescript-5.2"),
    "5.9": join(older, "node_modules", "typescript-5.9"),
    "7": ours,
  };
});

const program = [...ownEntryPoints.keys()]
  .map((entryPoint, index) => `export * as entryPoint${index} from "${entryPoint}";`)
  .join("\n");

const moduleSettings = {
  nodenext: { module: "nodenext", moduleResolution: "nodenext" },
  bundler: { module: "esnext", moduleResolution: "bundler" },
};

function configuration(resolution: keyof typeof moduleSettings): string {
  return JSON.stringify({
    compilerOptions: {
      ...moduleSettings[resolution],
      target: "es2022",
      lib: ["es2022"],
      types: ["node"],
      strict: true,
      exactOptionalPropertyTypes: true,
      noEmit: true,
      skipLibCheck: false,
    },
    include: ["program.ts"],
  });
}

/** The compiler's errors, as text. */
async function compiled(cwd: string, version: string): Promise<string> {
  const compiler = join(compilers[version]!, "bin", "tsc");
  return promisify(execFile)(process.execPath, [compiler, "-p", "."], { cwd }).then(
    ({ stdout }) => stdout,
    (error: { stdout: string }) => error.stdout,
  );
}

for (const version of isLong ? ["5.2", "5.9", "7"] : ["7"]) {
  test.each(isLong ? (["nodenext", "bundler"] as const) : (["nodenext"] as const))(
    `a strict program compiles with TypeScript ${version} and %s resolution`,
    async (resolution) => {
      const cwd = await application({
        "package.json": JSON.stringify({ type: "module" }),
        "program.ts": program,
        "tsconfig.json": configuration(resolution),
      });
      const output = await compiled(cwd, version);
      // Fastify's own types need TypeScript 5.4.
      const isOfFastify = (line: string): boolean =>
        version === "5.2" && /node_modules\/fastify\/.*'NoInfer'/.test(line);
      expect(
        output
          .split("\n")
          .filter((line) => !isOfFastify(line))
          .join("\n"),
      ).toBe("");
    },
  );
}

// The compiler lists a name of one side only as a type that is not `never`.
test("each entry point exports the values that its types declare, and no others", async () => {
  const entryPoints = [...ownEntryPoints.keys()];
  const cwd = await application({
    "package.json": JSON.stringify({ type: "module" }),
    "names.js": `
      const names = [];
      for (const name of process.argv.slice(2)) names.push(Object.keys(await import(name)));
      console.log(JSON.stringify(names));
    `,
    "tsconfig.json": configuration("nodenext"),
  });
  const child = runNode({ cwd, args: ["names.js", ...entryPoints], env: { OTEL_SDK_DISABLED: "true" } });
  const exported: string[][] = JSON.parse(await outputOf(child));
  const checks = entryPoints.map((entryPoint, index) => {
    const names = exported[index]!.map((name) => JSON.stringify(name)).join(" | ") || "never";
    return `
      import * as declared${index} from "${entryPoint}";
      type Exported${index} = ${names};
      export type Differences${index} = [
        None<Exclude<keyof typeof declared${index}, Exported${index}>>,
        None<Exclude<Exported${index}, keyof typeof declared${index}>>,
      ];
    `;
  });
  writeFileSync(join(cwd, "program.ts"), `type None<Name extends never> = Name;\n${checks.join("")}`);
  expect(await compiled(cwd, "7")).toBe("");
});
