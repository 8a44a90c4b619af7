import { execFile } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { beforeAll, expect, test } from "vitest";
import { oncePerRun } from "../kit/once-per-run.ts";
import { application, npm, packedProject } from "../kit/packed-project.ts";
import { ownEntryPoints } from "../kit/source-imports.ts";

const ours = resolve(import.meta.dirname, "..", "..", "node_modules", "typescript");

let compilers: Readonly<Record<string, string>>;

beforeAll(async () => {
  await packedProject();
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

for (const version of ["5.2", "5.9", "7"]) {
  test.each(["nodenext", "bundler"] as const)(
    `a strict program compiles with TypeScript ${version} and %s resolution`,
    async (resolution) => {
      const cwd = await application({
        "package.json": JSON.stringify({ type: "module" }),
        "program.ts": program,
        "tsconfig.json": JSON.stringify({
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
        }),
      });
      const compiler = join(compilers[version]!, "bin", "tsc");
      const output = await promisify(execFile)(process.execPath, [compiler, "-p", "."], { cwd }).then(
        ({ stdout }) => stdout,
        (error: { stdout: string }) => error.stdout,
      );
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
