/**
 * The packed build, as a user gets it: an npm project of its own with the tarball installed, made once a run by the
 * first test that asks for it.
 */
import { execFile } from "node:child_process";
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
import { promisify } from "node:util";
import { oncePerRun } from "./once-per-run.ts";
import { cleanEnvironment } from "./process.ts";

const run = promisify(execFile);
const repository = resolve(import.meta.dirname, "../..");

// What `npm pack` looks at, and what the build before it needs.
const shipped = [
  ".npmrc",
  "CHANGELOG.md",
  "LICENSE",
  "README.md",
  "bench/RESULTS.md",
  "docs",
  "examples",
  "instrumentations",
  "package.json",
  "src",
  "test/build.js",
  "tsconfig.json",
];

// What process tests use beside the package.
const companions = [
  "@opentelemetry/api",
  "@opentelemetry/instrumentation-runtime-node",
  "@opentelemetry/sdk-node",
  "@types/node",
  "aedes",
  "execa",
  "mqtt",
  "pg",
  "prom-client",
  "signal-exit",
  "signal-exit-3",
  "zx",
];

// The libraries that hooks are tested with: from our own tree, which spares their installation, and for those who ask,
// since a process that has them within reach takes longer to start.
const libraries = [
  "@aws-sdk/client-sqs",
  "@godaddy/terminus",
  "@grpc/grpc-js",
  "@nats-io/jetstream",
  "@nats-io/transport-node",
  "@nestjs/common",
  "@nestjs/core",
  "@nestjs/terminus",
  "@platformatic/kafka",
  "@sesamecare-oss/redlock",
  "@socket.io/redis-adapter",
  "amqplib",
  "bullmq",
  "etcd3",
  "grpc-health-check",
  "ioredis",
  "kafkajs",
  "mongodb",
  "mysql2",
  "nats",
  "opossum",
  "piscina",
  "redis",
  "redlock",
  "reflect-metadata",
  "socket.io",
  "socket.io-client",
  "tinypool",
  "workerpool",
  "ws",
];

// What the package itself finds where it is installed, and is too large to be installed each time.
const peers = ["@photostructure/sqlite"];

/** Where things are in the packed project. */
export interface PackedProject {
  /** The project's folder: `tachymeter` and its companions resolve from here and from every folder below. */
  readonly folder: string;
  /** The installed package: `node_modules/tachymeter`. */
  readonly installed: string;
  /** The tarball that was installed. */
  readonly tarball: string;
}

/**
 * The packed project of this run, with what process tests use beside the package. The run's first call builds, packs
 * and installs it, which takes some seconds: call it in a `beforeAll`.
 */
export async function packedProject(): Promise<PackedProject> {
  const content = await oncePerRun("packed-project", async (home) => {
    await pack(join(home, "staging"), join(home, "tachymeter.tgz"));
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
 * Writes an application into a new folder of the packed project and gives the folder's path. With `libraries` it finds
 * those that hooks are tested with.
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
 * Puts the modules of the sources beside the package, a file each: programs import `tachymeter-modules/src/…` to look
 * inside.
 */
export async function packedModules(): Promise<void> {
  const { folder } = await packedProject();
  await oncePerRun("packed-modules", async () => {
    const modules = join(folder, "node_modules", "tachymeter-modules");
    await run(process.execPath, ["test/build.js", "--modules", modules], { cwd: repository });
  });
}

/** A manifest as far as a lock repeats it. */
interface Manifest {
  readonly name: string;
  readonly dependencies?: Readonly<Record<string, string | undefined>>;
}

/** A package-lock.json for a project, by which npm installs every package at the version that our own lock has. */
export function lockFor({ name, dependencies = {} }: Manifest): object {
  const lock: { packages: Record<string, object> } = JSON.parse(read("package-lock.json"));
  // npm keeps what a lock says of the packages that it needs, and drops the rest.
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

/** Runs npm in a folder and gives its standard output. */
export async function npm(cwd: string, args: readonly string[]): Promise<string> {
  const options = { cwd, env: cleanEnvironment(), maxBuffer: 64 * 1024 * 1024 };
  // On Windows npm is a command file, which only a shell starts.
  const { stdout } = await run("npm", args, {
    ...options,
    shell: process.platform === "win32",
  });
  return stdout;
}

// Packs a copy of the tree, as npm does in a fresh clone: it builds first. So neither a stale `dist` nor a build that runs
// meanwhile gets into the tarball.
async function pack(staging: string, tarball: string): Promise<void> {
  mkdirSync(staging);
  for (const name of shipped) {
    const source = join(repository, name);
    if (existsSync(source)) cpSync(source, join(staging, name), { recursive: true });
  }
  symlinkSync(join(repository, "node_modules"), join(staging, "node_modules"), "junction");
  const packed = await npm(staging, ["pack", "--silent"]);
  renameSync(join(staging, packed.trim()), tarball);
}

function read(name: string): string {
  return readFileSync(join(repository, name), "utf8");
}
