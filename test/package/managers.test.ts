// Installs the package with the package managers, beside API 1.9 and 1.10. The short form has one of each manager;
// `npm run test:matrix -- managers` has all, on every supported version of Node.js.
import { execFile } from "node:child_process";
import { cpSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join, resolve } from "node:path";
import { promisify } from "node:util";
import { beforeAll, expect, test } from "vitest";
import { newFolder } from "../kit/new-folder.ts";
import { oncePerRun } from "../kit/once-per-run.ts";
import { npm, packedProject } from "../kit/packed-project.ts";
import { cleanEnvironment, runNode } from "../kit/process.ts";
import { isLong } from "../kit/test-length.ts";

const repository = resolve(import.meta.dirname, "..", "..");
// Downloads of the managers, inside the repository.
const store = join(repository, ".cache", "managers");

interface Manager {
  /** Its package, and the program that installs and starts. */
  readonly alias: string;
  readonly program?: string;
  readonly install: readonly string[];
  /** Whether Node.js does not run the program. */
  readonly isBinary?: boolean;
  readonly settings?: string;
  /** Whether the manager itself runs programs. */
  readonly isPnp?: boolean;
}

const pnpm = (major: number, linker: string): Manager => ({
  alias: `pnpm-${major}@npm:pnpm@${major}`,
  program: "bin/pnpm.cjs",
  install: [
    "install",
    "--ignore-scripts",
    `--config.node-linker=${linker}`,
    "--store-dir",
    join(store, "pnpm"),
  ],
});
const yarn = (linker: string): Manager => ({
  alias: "yarn-4@npm:@yarnpkg/cli-dist@4",
  program: "bin/yarn.js",
  install: ["install"],
  settings: `nodeLinker: ${linker}\nenableTelemetry: false\nenableScripts: false\nglobalFolder: ${join(store, "yarn")}\n`,
  isPnp: linker === "pnp",
});
const bun: Manager = {
  alias: `bun-1@npm:@oven/bun-${process.platform}-${process.arch}@1`,
  program: "bin/bun",
  isBinary: true,
  install: ["install", "--ignore-scripts", "--cache-dir", join(store, "bun")],
};
const quietly = ["--prefer-offline", "--no-audit", "--no-fund", "--ignore-scripts"];

const all: Readonly<Record<string, Manager>> = {
  npm: { alias: "", install: ["install", ...quietly] },
  "npm --legacy-peer-deps": { alias: "", install: ["install", "--legacy-peer-deps", ...quietly] },
  "pnpm 9, isolated": pnpm(9, "isolated"),
  "pnpm 9, hoisted": pnpm(9, "hoisted"),
  "pnpm 10, isolated": pnpm(10, "isolated"),
  "pnpm 10, hoisted": pnpm(10, "hoisted"),
  "yarn 4, node-modules": yarn("node-modules"),
  "yarn 4, PnP": yarn("pnp"),
  bun,
};
const short = [
  ["npm", "1.9.1"],
  ["pnpm 10, isolated", "1.9.1"],
  ["yarn 4, PnP", "1.9.1"],
] as const;
const cases = isLong
  ? Object.keys(all).flatMap((name) => ["1.9.1", "1.10.0"].map((api) => [name, api] as const))
  : short;
const majors = isLong ? [20, 22, 24] : [Number(process.versions.node.split(".")[0])];

const program = `
  import { createRequire } from "node:module";
  const { metrics } = createRequire(import.meta.url)("@opentelemetry/api");
  console.log(metrics.getMeterProvider().constructor.name);
  process.exitCode = 7;`;
const starts = {
  import: ["importing.mjs"],
  "--import": ["--import", "tachymeter/register", "app.mjs"],
  "--require": ["--require", "tachymeter/register", "app.mjs"],
};
const refused: readonly string[] = [
  expect.stringMatching(/^tachymeter error: .* not started, .*nodeLinker: node-modules$/),
];
const MEASURED = "MeterProvider\n";
const UNMEASURED = "NoopMeterProvider\n";

beforeAll(packedProject);

test.each(cases)(
  "installed by %s beside API %s, the application is measured, or one line says why not",
  async (name, api) => {
    const manager = all[name]!;
    const cwd = await installed(manager, api);
    for (const major of majors) {
      const node = await nodeOf(major);
      for (const [start, args] of Object.entries(starts)) {
        const { code, stdout, stderr } = await started(manager, node, cwd, args);
        const isPossible = manager.isPnp !== true || major >= 22;
        expect({ major, start, code, stdout, said: saidOf(stderr) }).toEqual({
          major,
          start,
          code: 7,
          stdout: isPossible ? MEASURED : UNMEASURED,
          said: isPossible ? [] : refused,
        });
      }
    }
  },
);

// Without the warnings of Node.js about Yarn's loader.
function saidOf(stderr: string): readonly string[] {
  return stderr.split("\n").filter((line) => line.startsWith("tachymeter"));
}

async function installed(manager: Manager, api: string): Promise<string> {
  const { tarball } = await packedProject();
  const cwd = newFolder("managers");
  cpSync(join(repository, ".npmrc"), join(cwd, ".npmrc"));
  const dependencies = { "@opentelemetry/api": api, tachymeter: `file:${tarball}` };
  writeFileSync(
    join(cwd, "package.json"),
    JSON.stringify({ name: "application", private: true, dependencies }),
  );
  writeFileSync(join(cwd, "app.mjs"), program);
  writeFileSync(join(cwd, "importing.mjs"), `import "tachymeter/register";${program}`);
  if (manager.program === undefined) {
    await npm(cwd, manager.install);
    return cwd;
  }
  if (manager.settings !== undefined) {
    const registry = (await npm(cwd, ["config", "get", "registry"])).trim();
    writeFileSync(join(cwd, ".yarnrc.yml"), `${manager.settings}npmRegistryServer: ${registry}\n`);
    writeFileSync(join(cwd, "yarn.lock"), "");
  }
  const own = await programOf(manager);
  const [command, before] = manager.isBinary === true ? [own, []] : [process.execPath, [own]];
  const env = { ...cleanEnvironment(), CI: "" };
  await promisify(execFile)(command, [...before, ...manager.install], { cwd, env });
  return cwd;
}

async function started(
  manager: Manager,
  node: string,
  cwd: string,
  args: readonly string[],
): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const PATH = [dirname(node), process.env["PATH"]].join(delimiter);
  const env = { OTEL_METRICS_EXPORTER: "none", PATH };
  const yarned = manager.isPnp === true ? [await programOf(manager), "node"] : [];
  const child = runNode({ cwd, command: node, args: [...yarned, ...args], env });
  const { code } = await child.exit;
  return { code, stdout: child.stdout, stderr: child.stderr };
}

async function programOf({ alias, program: file = "" }: Manager): Promise<string> {
  const [folder = ""] = alias.split("@");
  return join(await fetched(folder, alias), file);
}

async function nodeOf(major: number): Promise<string> {
  if (process.versions.node.startsWith(`${major}.`)) return process.execPath;
  const name = `node-${process.platform === "win32" ? "win" : process.platform}-${process.arch}`;
  const folder = await fetched(name, `${name}@${major}`);
  return join(folder, "bin", process.platform === "win32" ? "node.exe" : "node");
}

// A package, in a folder of its own.
async function fetched(name: string, specifier: string): Promise<string> {
  const home = await oncePerRun(`fetched-${specifier.replaceAll(/\W+/g, "-")}`, async (folder) => {
    writeFileSync(join(folder, "package.json"), "{}\n");
    await npm(folder, ["install", "--no-save", ...quietly, specifier]);
  });
  return join(home, "node_modules", name);
}
