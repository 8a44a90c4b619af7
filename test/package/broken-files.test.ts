// Broken and missing files: `tachymeter/register` logs one line, and the application runs to its own end.
import {
  cpSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, expect, test } from "vitest";
import { newFolder } from "../kit/new-folder.ts";
import { packedProject } from "../kit/packed-project.ts";
import { runNode } from "../kit/process.ts";
import { isLong } from "../kit/test-length.ts";

const files = {
  "package.json": `{ "type": "module" }`,
  "app.mjs": `
    import { once } from "node:events";
    import { Worker } from "node:worker_threads";
    const [said] = await once(new Worker(new URL("./worker.mjs", import.meta.url)), "message");
    console.log("runs", said);
    process.exitCode = 7;`,
  "importing.mjs": `import "tachymeter/register"; await import("./app.mjs");`,
  "worker.mjs": `import { parentPort } from "node:worker_threads"; parentPort.postMessage("with a thread");`,
};
const starts = [
  ["--import", "tachymeter/register", "app.mjs"],
  ["--require", "tachymeter/register", "app.mjs"],
  ["importing.mjs"],
];
const env = {
  OTEL_EXPORTER_PROMETHEUS_PORT: "0",
  TACHYMETER_ALERTS: "true",
  TACHYMETER_GROUP: "false",
  TACHYMETER_PAGE: "true",
};
const PROBLEM = `throw new Error("broken on purpose");`;
const breaks: Readonly<Record<string, (path: string) => void>> = {
  "throws at load": (path) => (path.endsWith(".js") ? writeFileSync(path, PROBLEM) : brokenPackage(path)),
  "is cut off": (path) => (path.endsWith(".js") ? writeFileSync(path, "export const") : brokenPackage(path)),
  "is missing": (path) => rmSync(path, { recursive: true }),
};

let folder: string;
/** Files of the package that are loaded, and the folder of the API. */
let loaded: readonly string[];

beforeAll(async () => {
  folder = newFolder("broken");
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  const { folder: project, installed } = await packedProject();
  const modules = join(folder, "node_modules");
  const others = packagesIn(join(project, "node_modules")).filter((name) => name !== "tachymeter");
  link(others, project, modules);
  cpSync(installed, join(modules, "tachymeter"), { recursive: true });
  loaded = await loadedFiles(modules);
});

test.each(isLong ? starts : starts.slice(0, 1))(
  "with %s %s, the application survives each broken file",
  async (...args) => {
    const start = args.filter((arg) => arg !== undefined);
    const cases = loaded.flatMap((path) =>
      Object.entries(breaks).map(([name, act]) => ({ path, name, act })),
    );
    // A sample: one of thirteen cases.
    const sample = isLong ? cases : cases.filter((_, index) => index % 13 === 5);
    expect(sample.length).toBeGreaterThan(5);
    for (const { path, name, act } of sample) {
      const { code, stdout, lines } = await runBroken(path, act, start);
      expect({ path, name, code, stdout }).toEqual({ path, name, code: 7, stdout: "runs with a thread\n" });
      // The file for threads is reported by a thread with the flag.
      expect({ path, name, lines: lines.filter((line) => !line.startsWith("tachymeter")) }).toEqual({
        path,
        name,
        lines: [],
      });
      const reasons = lines.filter((line) =>
        line.includes("not started, so the application runs without it"),
      );
      expect({ path, name, reasons: reasons.length }).toEqual({
        path,
        name,
        reasons: path.endsWith("register-thread.js") && start.length === 1 ? 0 : 1,
      });
    }
  },
);

test("a missing optional package is named, with one remedy", async () => {
  const { folder: project, installed } = await packedProject();
  const cwd = newFolder("without-optional");
  const modules = join(cwd, "node_modules");
  cpSync(installed, join(modules, "tachymeter"), { recursive: true });
  const { dependencies }: { dependencies: object } = JSON.parse(
    readFileSync(join(installed, "package.json"), "utf8"),
  );
  link(["@opentelemetry/api", ...Object.keys(dependencies)], project, modules);
  const child = runNode({
    cwd,
    args: ["--import", "tachymeter/register", "-e", "console.log('runs')"],
    env: { OTEL_METRICS_EXPORTER: "otlp", OTEL_EXPORTER_OTLP_PROTOCOL: "grpc" },
  });
  expect(await child.exit).toEqual({ code: 0, signal: null });
  expect(child.stdout).toBe("runs\n");
  expect(child.stderr).toMatch(
    /^tachymeter error: .*; run npm install @opentelemetry\/exporter-metrics-otlp-grpc\n$/,
  );
});

async function runBroken(
  path: string,
  act: (path: string) => void,
  args: readonly string[],
): Promise<{ code: number | null; stdout: string; lines: readonly string[] }> {
  const kept = `${path}.kept`;
  renameSync(path, kept);
  try {
    cpSync(kept, path, { recursive: true, dereference: true });
    act(path);
    const child = runNode({ cwd: folder, args, env });
    const { code } = await child.exit;
    return { code, stdout: child.stdout, lines: child.stderr.split("\n").filter((line) => line !== "") };
  } finally {
    rmSync(path, { recursive: true, force: true });
    renameSync(kept, path);
  }
}

function brokenPackage(path: string): void {
  rmSync(path, { recursive: true });
  mkdirSync(path);
  writeFileSync(join(path, "index.js"), PROBLEM);
  writeFileSync(join(path, "package.json"), `{ "main": "index.js" }`);
}

// Those that a process with the flag loads, but for `register` itself, and the package of the API.
async function loadedFiles(modules: string): Promise<readonly string[]> {
  const coverage = join(folder, "coverage");
  await runNode({ cwd: folder, args: starts[0]!, env: { ...env, NODE_V8_COVERAGE: coverage } }).exit;
  const paths = readdirSync(coverage).flatMap((name) => {
    const { result }: { result: { url: string }[] } = JSON.parse(readFileSync(join(coverage, name), "utf8"));
    return result.flatMap(({ url }) => (url.startsWith("file:") ? [fileURLToPath(url)] : []));
  });
  const own = [...new Set(paths)].filter(
    (path) => /tachymeter.dist.[^\\/]+$/.test(path) && !/register\.c?js$/.test(path),
  );
  return [...own, join(modules, "@opentelemetry/api")];
}

function packagesIn(modules: string): readonly string[] {
  return readdirSync(modules).flatMap((name) => {
    if (name.startsWith(".")) return [];
    return name.startsWith("@") ? readdirSync(join(modules, name)).map((each) => `${name}/${each}`) : [name];
  });
}

// Lends packages of a project to another folder of modules.
function link(names: readonly string[], project: string, modules: string): void {
  for (const name of names) {
    mkdirSync(dirname(join(modules, name)), { recursive: true });
    symlinkSync(join(project, "node_modules", name), join(modules, name), "junction");
  }
}
