/**
 * The packed build, as installed by a user: a separate npm project with the tarball. It is made once per run, by the
 * first test that needs it, from the tarball that `npm test` has checked, if there is one.
 */
import { execFile, type ExecFileOptions } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join, resolve } from "node:path";
import { oncePerRun } from "./once-per-run.ts";
import { cleanEnvironment } from "./process.ts";

const repository = resolve(import.meta.dirname, "../..");

// The input of `npm pack`, and of the build before it.
const shipped = [
  ".npmrc",
  "CHANGELOG.md",
  "LICENSE",
  "README.md",
  "SECURITY.md",
  "docs",
  "examples",
  "instrumentations",
  "llms.txt",
  "package.json",
  "src",
  "test/build.js",
  "test/dense-code.js",
  "test/imports-in-build.js",
  "test/page-assets.js",
  "test/notices-in-build.js",
  "test/parts-in-build.js",
  "test/upstream-in-build.js",
  "tsconfig.json",
];

// Other packages for process tests.
const companions = [
  "@opentelemetry/api",
  "@opentelemetry/instrumentation-runtime-node",
  "@opentelemetry/resources",
  "@opentelemetry/sdk-metrics",
  "@opentelemetry/sdk-node",
  "@types/node",
  "aedes",
  "execa",
  "mqtt",
  "pg",
  "@platformatic/prom-client",
  "@prometheus-io/client",
  "prom-client",
  "signal-exit",
  "signal-exit-3",
  "zx",
];

// The instrumented libraries. They are linked from our own tree, without an installation, and only on request, since
// they make the start of a process slower.
const libraries = [
  "@agendajs/mongo-backend",
  "@ai-sdk/openai",
  "@anthropic-ai/sdk",
  "@aws-sdk/client-bedrock-runtime",
  "@aws-sdk/client-sqs",
  "@azure/service-bus",
  "@bufbuild/protobuf",
  "@confluentinc/kafka-javascript",
  "@connectrpc/connect",
  "@connectrpc/connect-node",
  "@godaddy/terminus",
  "@google-cloud/pubsub",
  "@hono/node-server",
  "@koa/router",
  "@graphql-tools/executor",
  "@grpc/grpc-js",
  "@modelcontextprotocol/sdk",
  "@nats-io/jetstream",
  "@nats-io/transport-node",
  "@nestjs/common",
  "@nestjs/core",
  "@nestjs/platform-express",
  "@nestjs/platform-fastify",
  "@trpc/server",
  "@nestjs/terminus",
  "@platformatic/kafka",
  "@sesamecare-oss/redlock",
  "@socket.io/redis-adapter",
  "@temporalio/worker",
  "@willsoto/nestjs-prometheus",
  "agenda",
  "ai",
  "amqplib",
  "better-sqlite3",
  "bullmq",
  "cassandra-driver",
  "croner",
  "esbuild",
  "etcd3",
  "express",
  "express-prom-bundle",
  "fastify",
  "fastify-metrics",
  "generic-pool",
  "graphql",
  "graphql-17",
  "graphql-yoga",
  "groq-sdk",
  "grpc-health-check",
  "h3",
  "hono",
  "ioredis",
  "jest",
  "kafkajs",
  "koa",
  "lightship",
  "memjs",
  "mongodb",
  "mssql",
  "mysql2",
  "nats",
  "node-cron",
  "node-zookeeper-client",
  "ollama",
  "openai",
  "opossum",
  "oracledb",
  "pg-boss",
  "piscina",
  "poolifier",
  "redis",
  "redlock",
  "reflect-metadata",
  "socket.io",
  "socket.io-client",
  "tarn",
  "tedious",
  "tinypool",
  "tsx",
  "undici",
  "vite-node",
  "vitest",
  "workerpool",
  "ws",
];

// Optional packages that are too large to be installed each time, and one that must have no effect by itself.
const peers = [
  "@nestjs/common",
  "@nestjs/core",
  "@opentelemetry/instrumentation-http",
  "@photostructure/sqlite",
  "fastify",
];

/** Paths in the packed project. */
export interface PackedProject {
  /** The project's folder: `tachymeter` and its companions resolve from here and from every folder below. */
  readonly folder: string;
  /** The installed package: `node_modules/tachymeter`. */
  readonly installed: string;
  /** The tarball that was installed. */
  readonly tarball: string;
}

/**
 * The packed project of this run, with other packages for process tests. The first call in a run builds, packs and
 * installs it, which takes some seconds: call it in a `beforeAll`.
 */
export async function packedProject(): Promise<PackedProject> {
  const content = await oncePerRun("packed-project", async (home) => {
    const packed = process.env["TEST_TARBALL"] ?? "";
    if (packed === "") await pack(join(home, "staging"), join(home, "tachymeter.tgz"));
    else cpSync(packed, join(home, "tachymeter.tgz"));
    await installCompanions(join(home, "project"), join(home, "tachymeter.tgz"));
  });
  const folder = join(content, "project");
  return {
    folder,
    installed: join(folder, "node_modules", "tachymeter"),
    tarball: join(content, "tachymeter.tgz"),
  };
}

/**
 * Writes an application to a new folder of the packed project and returns the folder's path. With `libraries` it can
 * import the instrumented libraries.
 *
 * @example
 * const cwd = await application({ "app.mjs": `import { start } from "tachymeter"; …` });
 * const child = runNode({ cwd, args: ["app.mjs"] });
 */
export async function application(
  files: Readonly<Record<string, string>>,
  options: { readonly libraries?: boolean } = {},
): Promise<string> {
  const { folder } = await packedProject();
  const applications = join(folder, options.libraries === true ? "hooked" : "", "applications");
  mkdirSync(applications, { recursive: true });
  const home = mkdtempSync(join(applications, "application-"));
  for (const [name, text] of Object.entries(files)) {
    const file = join(home, name);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
  return home;
}

/**
 * Builds the modules of the sources beside the package, one file each: programs import `tachymeter-modules/src/…` to
 * access internals.
 */
export async function packedModules(): Promise<void> {
  const { folder } = await packedProject();
  await oncePerRun("packed-modules", async () => {
    const modules = join(folder, "node_modules", "tachymeter-modules");
    await run(process.execPath, ["test/build.js", "--modules", modules], { cwd: repository });
  });
}

/** The fields of a manifest that a lock repeats. */
interface Manifest {
  readonly name: string;
  readonly dependencies?: Readonly<Record<string, string | undefined>>;
}

/** A package-lock.json for a project, with which npm installs every package at the version in our own lock. */
export function lockFor({ name, dependencies = {} }: Manifest): object {
  const lock: { packages: Record<string, object> } = JSON.parse(read("package-lock.json"));
  // npm keeps the entries of the packages that it needs, and drops the others.
  return { ...lock, name, packages: { ...lock.packages, "": { name, dependencies } } };
}

async function installCompanions(project: string, tarball: string): Promise<void> {
  const { devDependencies }: { devDependencies: Record<string, string> } = JSON.parse(read("package.json"));
  const manifest = {
    name: "application",
    private: true,
    dependencies: Object.fromEntries([
      ["tachymeter", `file:${tarball}`],
      ...companions.map((name) => [name, devDependencies[name]]),
    ]),
  };
  mkdirSync(project);
  writeFileSync(join(project, "package.json"), JSON.stringify(manifest, null, 2));
  writeFileSync(join(project, "package-lock.json"), JSON.stringify(lockFor(manifest), null, 2));
  cpSync(join(repository, ".npmrc"), join(project, ".npmrc"));
  await npm(project, ["install", "--prefer-offline", "--no-audit", "--no-fund", "--ignore-scripts"]);
  for (const name of libraries) lend(name, join(project, "hooked", "node_modules", name));
  for (const name of peers) lend(name, join(project, "node_modules", name));
}

function lend(name: string, link: string): void {
  mkdirSync(dirname(link), { recursive: true });
  symlinkSync(join(repository, "node_modules", name), link, "junction");
}

/** Runs npm in a folder and returns its standard output. */
export async function npm(cwd: string, args: readonly string[]): Promise<string> {
  // On Windows npm is a command file, which only a shell can start.
  return run("npm", args, { cwd, env: cleanEnvironment(), shell: process.platform === "win32" });
}

// The error of a failed command has its last lines, such as the errors of the compiler.
function run(command: string, args: readonly string[], options: ExecFileOptions): Promise<string> {
  return new Promise((accept, reject) => {
    execFile(
      command,
      args,
      { ...options, encoding: "utf8", maxBuffer: 64 * 1024 * 1024 },
      (cause, stdout, stderr) => {
        if (cause === null) return accept(stdout);
        const lines = `${stdout}${stderr}`.trimEnd().split("\n").slice(-20).join("\n");
        reject(new Error(`${command} ${args.join(" ")} failed:\n${lines}`, { cause }));
      },
    );
  });
}

// Packs a copy of the tree, which is built first as in a fresh clone. So the tarball contains neither a stale `dist`
// nor the output of another running build.
async function pack(staging: string, tarball: string): Promise<void> {
  mkdirSync(staging);
  for (const name of shipped) {
    const source = join(repository, name);
    if (existsSync(source)) cpSync(source, join(staging, name), { recursive: true });
  }
  symlinkSync(join(repository, "node_modules"), join(staging, "node_modules"), "junction");
  await npm(staging, ["run", "--silent", "build"]);
  const packed = await npm(staging, ["pack", "--silent"]);
  renameSync(join(staging, packed.trim()), tarball);
}

function read(name: string): string {
  return readFileSync(join(repository, name), "utf8");
}
