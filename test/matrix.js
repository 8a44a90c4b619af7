// `npm run test:matrix`: runs the tests on every supported major version of Node.js, on the newest release, and of two also
// on the first one. Each has the line of OpenTelemetry's SDK that npm installs there. Also runs the tests of the
// instrumentations with the oldest supported versions of their libraries, and those of the frameworks with older major
// versions. Then the newest Next.js, Bun and Deno, the inspector of the Model Context Protocol, every package manager and
// every bundler. `bare` is a machine without the servers of `npm run servers:install`. Arguments select:
// `npm run test:matrix -- 22 24`, `npm run test:matrix -- libraries`.
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";

const repository = resolve(import.meta.dirname, "..");
const LIBRARIES = "libraries";
const FRAMEWORKS = "frameworks";
const NEXT = "next";
const RUNTIMES = "runtimes";
const INSPECTOR = "inspector";
const BARE = "bare";
const BUNDLERS = "bundlers";
const MANAGERS = "managers";
// Node.js 20 with the newest patches of its SDK line; the lock has the first release.
const NEWEST_PATCHES = "patches";
const ROWS = [
  "20",
  NEWEST_PATCHES,
  "22.12",
  "22",
  "24.0",
  "24",
  "26",
  LIBRARIES,
  FRAMEWORKS,
  NEXT,
  RUNTIMES,
  INSPECTOR,
  MANAGERS,
  BUNDLERS,
  BARE,
];
const chosen = process.argv.length > 2 ? process.argv.slice(2) : ROWS;
const unknown = chosen.filter((each) => !ROWS.includes(each) && !/^\d+(?:\.\d+)*$/.test(each));
if (unknown.length > 0)
  throw new Error(`no row ${unknown.join(", ")}; there are ${ROWS.join(", ")}, and versions of Node.js`);
// Instrumented libraries that Node.js 20 cannot run.
const NEWER_LIBRARIES = {
  "@ai-sdk/openai": "^4.0.0",
  "@platformatic/kafka": "^2.0.0",
  ai: "^7.0.0",
  lightship: "^9.0.4",
  opossum: "^10.0.0",
  "pg-boss": "^12.5.0",
  tedious: "^20.0.0",
};
// Packages of the same age that a library's oldest version, or its tests, need.
const COMPANIONS = {
  "@langchain/core": ["@langchain/openai@1.0.0"],
  "@nats-io/nats-core": ["@nats-io/jetstream@3.0.0"],
  "@nestjs/terminus": ["@nestjs/common@9", "@nestjs/core@9", "@nestjs/platform-express@9", "rxjs@7"],
  ai: ["@ai-sdk/openai@2"],
  hono: ["@hono/node-server@1.8.0"],
};
// Libraries whose instrumentation patches a file of another package, a dependency of theirs.
const BROUGHT = {
  "@elastic/transport": "@elastic/elasticsearch@8.0.0",
  "@nats-io/nats-core": "@nats-io/transport-node@3.0.0",
  "@redis/client": "redis@5.0.0",
  "@smithy/core": "@aws-sdk/client-sqs@3.600.0",
  "@smithy/smithy-client": "@aws-sdk/client-sqs@3.600.0",
};
// Each bundler, with the applications that it breaks in one of the two formats, with our plugin and without.
const BROKEN_BY_BUNDLERS = {
  esbuild: ["nestjs-terminus"],
  webpack: ["worker-threads"],
  rspack: ["child-process", "worker-threads"],
  rolldown: ["azure-service-bus"],
  rollup: ["bullmq"],
  vite: ["bullmq"],
};
// Libraries that no bundle can have: see docs/bundles.md.
const FILES_ALONE = [
  "confluent-kafka",
  "etcd3",
  "google-pubsub",
  "grpc-health-check",
  "piscina",
  "platformatic-kafka",
  "poolifier",
  "temporal-worker",
  "tinypool",
  "workerpool",
];
// Older major versions of frameworks.
const NESTJS = ["common", "core", "platform-express", "platform-fastify", "terminus"];
const nestjs = (major) => ["rxjs@7", ...NESTJS.map((name) => `@nestjs/${name}@${major}`)];
const OLDER_FRAMEWORKS = {
  "Fastify 4, NestJS 9": ["fastify@4", ...nestjs(9)],
  "NestJS 10": nestjs(10),
  "NestJS 11": nestjs(11),
};
// Bundlers that are not among our own tools, and Rollup's usual plugins.
const OTHER_BUNDLERS = [
  "@rspack/core@2",
  ...["commonjs", "json", "node-resolve"].map((name) => `@rollup/plugin-${name}`),
];
const SDK = ["core", "resources", "sdk-metrics"].map((name) => `@opentelemetry/${name}`);
// Tests of the lock apply to our own lock only.
const WITHOUT_LOCK = { TEST_EXCLUDE: "test/package/lock.test.ts" };
const QUIETLY = ["--prefer-offline", "--no-audit", "--no-fund", "--ignore-scripts"];
const isWindows = process.platform === "win32";

const rows = [];
for (const each of chosen) {
  if (each === BUNDLERS)
    for (const name of Object.keys(BROKEN_BY_BUNDLERS)) rows.push(await runBundler(name));
  else if (each !== FRAMEWORKS) rows.push(await rowOf(each));
  else for (const name of Object.keys(OLDER_FRAMEWORKS)) rows.push(await runFrameworks(name));
}
console.table(Object.fromEntries(rows.map(({ name, ...row }) => [name, row])));
process.exitCode = rows.every(({ exitCode }) => exitCode === 0) ? 0 : 1;

function rowOf(each) {
  if (each === LIBRARIES) return runOldestLibraries();
  if (each === NEXT) return runScript("Next.js", "test/next.js");
  if (each === RUNTIMES) return runScript("Bun and Deno", "test/runtimes.js");
  if (each === INSPECTOR) return runScript("the inspector of MCP", "test/inspector.js");
  if (each === BARE) return runBare();
  if (each === MANAGERS) return runManagers();
  return each === NEWEST_PATCHES ? runNewestPatches() : runOn(each);
}

async function runNewestPatches() {
  const environment = environmentWith(dirname(process.execPath));
  return inCopy("newest patches of the SDK", async (copy) => {
    await mustRun("npm", ["ci", ...QUIETLY], copy, environment);
    await withOneSdk(copy, () => mustRun("npm", ["update", ...QUIETLY, ...SDK], copy, environment));
    return run("node", ["test/run.js", "--tests-only"], copy, { ...environment, ...WITHOUT_LOCK });
  });
}

// One copy of the SDK's packages, since the newest exporters, used in development only, require one exact release of
// it.
async function withOneSdk(copy, install) {
  const manifest = join(copy, "package.json");
  const text = readFileSync(manifest, "utf8");
  const overrides = Object.fromEntries(SDK.map((name) => [name, `$${name}`]));
  const own = JSON.parse(text);
  writeFileSync(manifest, JSON.stringify({ ...own, overrides: { ...own.overrides, ...overrides } }));
  await install();
  writeFileSync(manifest, text);
}

async function runOn(major) {
  const environment = environmentWith(fetchNode(major));
  const version = execFileSync("node", ["--version"], { env: environment, encoding: "utf8" }).trim();
  return inCopy(`Node ${version}`, async (copy) => {
    if (major === "20") await mustRun("npm", ["ci", ...QUIETLY], copy, environment);
    else {
      unlock(copy);
      await withOneSdk(copy, () => mustRun("npm", ["install", ...QUIETLY], copy, environment));
    }
    const variables = major === "20" ? {} : WITHOUT_LOCK;
    return run("node", ["test/run.js", "--tests-only"], copy, { ...environment, ...variables });
  });
}

async function runOldestLibraries() {
  const environment = environmentWith(dirname(process.execPath));
  return inCopy("oldest libraries", async (copy) => {
    await mustRun("npm", ["ci", ...QUIETLY], copy, environment);
    await mustRun("npm", ["run", "build", "--", "--modules", "dist/modules"], copy, environment);
    const oldest = await oldestLibraries(copy);
    console.log(`oldest supported versions: ${oldest.join(" ")}`);
    // Their peers are of the same age. They are saved in the lock, with which tests compare the installed packages.
    await mustRun("npm", ["install", "--legacy-peer-deps", ...QUIETLY, ...oldest], copy, environment);
    return run("node", ["test/run.js", "--tests-only", "test/instrumentations"], copy, environment);
  });
}

async function runFrameworks(name) {
  const environment = environmentWith(dirname(process.execPath));
  return inCopy(name, async (copy) => {
    await mustRun("npm", ["ci", ...QUIETLY], copy, environment);
    // They are saved in the lock, with which tests compare the installed packages.
    const install = ["install", "--legacy-peer-deps", ...QUIETLY, ...OLDER_FRAMEWORKS[name]];
    await mustRun("npm", install, copy, environment);
    return run("node", ["test/run.js", "--tests-only", "test/frameworks"], copy, environment);
  });
}

// The applications of the tests of instrumentations, as ES modules and CommonJS, with the libraries that can be in a bundle.
async function runBundler(name) {
  const variables = { TEST_LENGTH: "long", TEST_BUNDLER: name };
  const environment = { ...environmentWith(dirname(process.execPath)), ...variables };
  return inCopy(name, async (copy) => {
    await mustRun("npm", ["ci", ...QUIETLY], copy, environment);
    await mustRun("npm", ["install", "--no-save", ...QUIETLY, ...OTHER_BUNDLERS], copy, environment);
    const folders = readdirSync(join(copy, "test/instrumentations"));
    const tests = folders
      .filter((folder) => ![...FILES_ALONE, ...BROKEN_BY_BUNDLERS[name]].includes(folder))
      .map((folder) => `test/instrumentations/${folder}/applications.test.ts`)
      .filter((path) => existsSync(join(copy, path)));
    return run("node", ["test/run.js", "--tests-only", ...tests], copy, environment);
  });
}

async function runManagers() {
  const environment = { ...environmentWith(dirname(process.execPath)), TEST_LENGTH: "long" };
  return inCopy("package managers", async (copy) => {
    await mustRun("npm", ["ci", ...QUIETLY], copy, environment);
    const test = "test/package/managers.test.ts";
    return run("node", ["test/run.js", "--tests-only", test], copy, environment);
  });
}

async function runScript(name, script) {
  const environment = environmentWith(dirname(process.execPath));
  return inCopy(name, async (copy) => {
    await mustRun("npm", ["ci", ...QUIETLY], copy, environment);
    await mustRun("npm", ["run", "build"], copy, environment);
    return run("node", [script], copy, environment);
  });
}

// Everything as in a fresh clone on a machine with Node.js alone: nothing fails, and what needs a server is skipped.
async function runBare() {
  const environment = environmentWith(dirname(process.execPath));
  delete environment["CI"];
  return inCopy("without servers", async (copy) => {
    const folder = join(copy, "node_modules", ".bare");
    await mustRun("npm", ["ci", ...QUIETLY], copy, environment);
    linkUsualPrograms(environment["PATH"], folder);
    return run("node", ["test/run.js"], copy, { ...environment, PATH: folder, TEST_WITHOUT_SERVERS: "true" });
  });
}

// A folder with links to the programs of a path, but for those that `npm run servers:install` brings.
function linkUsualPrograms(path, folder) {
  const script = readFileSync(join(repository, "test/servers/install.sh"), "utf8");
  const [, brought] = /^for program in (.*); do$/m.exec(script);
  const left = new Set([...brought.split(" "), "amtool", "java", "mariadb-install-db", "mariadbd"]);
  mkdirSync(folder, { recursive: true });
  for (const source of path.split(delimiter).filter((each) => existsSync(each))) {
    for (const name of readdirSync(source).filter((each) => !left.has(each))) {
      if (!existsSync(join(folder, name))) symlinkSync(join(source, name), join(folder, name));
    }
  }
}

// From the instrumentations themselves.
async function oldestLibraries(copy) {
  const hooks = join(copy, "dist", "modules", "instrumentations");
  const oldest = new Map();
  for (const folder of readdirSync(hooks).filter((name) => !/^shared$|\./.test(name))) {
    const exports = Object.values(await import(pathToFileURL(join(hooks, folder, "index.js"))));
    for (const { library, versions } of exports.flatMap(({ files = [] }) => files)) {
      for (const range of versions) {
        const [, version] = />=(\S+)/.exec(range) ?? [];
        if (version !== undefined && !isOlder(oldest.get(library), version)) oldest.set(library, version);
      }
    }
  }
  return [...oldest].flatMap(([name, version]) => [
    BROUGHT[name] ?? `${name}@${version}`,
    ...(COMPANIONS[name] ?? []),
  ]);
}

function isOlder(one, other) {
  return one !== undefined && one.localeCompare(other, "en", { numeric: true }) < 0;
}

async function inCopy(name, test) {
  const started = performance.now();
  const copy = mkdtempSync(join(tmpdir(), "tachymeter-matrix-"));
  try {
    copyTree(copy);
    const { exitCode, output } = await test(copy);
    const counts = /(\d+) passed, (\d+) failed, (\d+) skipped\n$/.exec(output) ?? [];
    return {
      name,
      sdk: readVersion(join(copy, "node_modules", "@opentelemetry", "sdk-metrics")),
      api: readVersion(join(copy, "node_modules", "@opentelemetry", "api")),
      passed: Number(counts[1]),
      failed: Number(counts[2]),
      skipped: Number(counts[3]),
      seconds: Math.round((performance.now() - started) / 1000),
      exitCode,
    };
  } finally {
    rmSync(copy, { recursive: true, force: true, maxRetries: 5 });
  }
}

// The registry has the binary of every release as a separate package for each platform. Returns the binary's folder.
function fetchNode(major) {
  const name = `node-${isWindows ? "win" : process.platform}-${process.arch}`;
  const cache = join(repository, ".cache", `node-${major}`);
  const binary = join(cache, "node_modules", name, "bin", isWindows ? "node.exe" : "node");
  if (!existsSync(binary)) {
    mkdirSync(cache, { recursive: true });
    writeFileSync(join(cache, "package.json"), "{}\n");
    execFileSync(
      "npm",
      ["install", "--ignore-scripts", "--no-save", "--no-audit", "--no-fund", `${name}@${major}`],
      {
        cwd: cache,
        shell: isWindows,
        stdio: ["ignore", "ignore", "inherit"],
      },
    );
  }
  return dirname(binary);
}

function environmentWith(folder) {
  const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith("npm_"));
  // CI: a snapshot that differs fails, and none is written.
  return { ...Object.fromEntries(inherited), CI: "true", PATH: [folder, process.env.PATH].join(delimiter) };
}

// Tracked files, and untracked files that git does not ignore.
function copyTree(target) {
  const listed = execFileSync("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard"], {
    cwd: repository,
    encoding: "utf8",
  });
  for (const file of listed.split("\0")) {
    const source = join(repository, file);
    // Git would not ignore a link instead of the folder, and npm would write through it.
    if (file !== "" && file !== "node_modules" && existsSync(source)) cpSync(source, join(target, file));
  }
  // All copies share the unpacked servers.
  const servers = join(repository, ".cache", "servers");
  if (!existsSync(servers)) return;
  mkdirSync(join(target, ".cache"), { recursive: true });
  symlinkSync(servers, join(target, ".cache", "servers"), "junction");
}

// The lock has the SDK line for Node 20: without its OpenTelemetry packages, npm selects them anew. Only the range of
// the API cannot cover both lines: npm would install its newest version on Node 20, and the SDK there refuses it.
function unlock(copy) {
  const newer = Object.keys(NEWER_LIBRARIES).map((name) => `node_modules/${name}`);
  rewriteJson(join(copy, "package-lock.json"), (lock) => {
    for (const path of Object.keys(lock.packages)) {
      if (path.includes("node_modules/@opentelemetry/") || newer.includes(path)) delete lock.packages[path];
    }
  });
  rewriteJson(join(copy, "package.json"), ({ devDependencies }) => {
    Object.assign(devDependencies, NEWER_LIBRARIES, { "@opentelemetry/api": "^1.10.0" });
  });
}

function rewriteJson(file, change) {
  const content = JSON.parse(readFileSync(file, "utf8"));
  change(content);
  writeFileSync(file, `${JSON.stringify(content, null, 2)}\n`);
}

async function mustRun(command, args, cwd, env) {
  const { exitCode } = await run(command, args, cwd, env);
  if (exitCode !== 0) throw new Error(`${command} ${args.join(" ")} ended with exit code ${exitCode}`);
}

async function run(command, args, cwd, env) {
  console.log(`\n==> ${command} ${args.join(" ")}`);
  const child = spawn(command, args, { cwd, env, shell: isWindows, stdio: ["ignore", "pipe", "inherit"] });
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (chunk) => {
    output += chunk;
    process.stdout.write(chunk);
  });
  const [exitCode] = await once(child, "close");
  return { exitCode: exitCode ?? 1, output };
}

function readVersion(folder) {
  return JSON.parse(readFileSync(join(folder, "package.json"), "utf8")).version;
}
