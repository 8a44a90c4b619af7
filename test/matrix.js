// `npm run test:matrix`: the tests on every supported major version of Node.js, each with the line of OpenTelemetry's
// SDK that npm gives it, one after the other. Arguments choose versions: `npm run test:matrix -- 22 24`.
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join, resolve } from "node:path";

const repository = resolve(import.meta.dirname, "..");
const majors = process.argv.length > 2 ? process.argv.slice(2) : ["20", "22", "24", "26"];
const isWindows = process.platform === "win32";

const rows = [];
for (const major of majors) rows.push(await runOn(major));
console.table(Object.fromEntries(rows.map(({ node, ...row }) => [`Node ${node}`, row])));
process.exitCode = rows.every(({ exitCode }) => exitCode === 0) ? 0 : 1;

async function runOn(major) {
  const started = performance.now();
  const environment = environmentWith(fetchNode(major));
  const copy = mkdtempSync(join(tmpdir(), `tachymeter-node-${major}-`));
  try {
    copyTree(copy);
    if (major !== "20") unlockOpenTelemetry(copy);
    const install = major === "20" ? "ci" : "install";
    const installed = await run(
      "npm",
      [install, "--prefer-offline", "--no-audit", "--no-fund"],
      copy,
      environment,
    );
    const tested = await run("node", ["test/run.js", "--tests-only"], copy, environment);
    const counts = /(\d+) passed, (\d+) failed, (\d+) skipped\n$/.exec(tested.output) ?? [];
    return {
      node: execFileSync("node", ["--version"], { env: environment, encoding: "utf8" }).trim(),
      sdk: readVersion(join(copy, "node_modules", "@opentelemetry", "sdk-metrics")),
      api: readVersion(join(copy, "node_modules", "@opentelemetry", "api")),
      passed: Number(counts[1]),
      failed: Number(counts[2]),
      skipped: Number(counts[3]),
      seconds: Math.round((performance.now() - started) / 1000),
      exitCode: installed.exitCode || tested.exitCode,
    };
  } finally {
    rmSync(copy, { recursive: true, force: true, maxRetries: 5 });
  }
}

// The registry has every release's binary as a package of its own for each platform. Gives the binary's folder.
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

// What is tracked, and what would be if it were added.
function copyTree(target) {
  const listed = execFileSync("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard"], {
    cwd: repository,
    encoding: "utf8",
  });
  for (const file of listed.split("\0")) {
    const source = join(repository, file);
    if (file !== "" && existsSync(source)) cpSync(source, join(target, file));
  }
  // The servers that were unpacked for the tests serve every copy.
  const servers = join(repository, ".cache", "servers");
  if (!existsSync(servers)) return;
  mkdirSync(join(target, ".cache"), { recursive: true });
  symlinkSync(servers, join(target, ".cache", "servers"), "junction");
}

// The lock holds the SDK's line for Node 20: without its OpenTelemetry packages npm chooses these anew. The one range
// that cannot name both lines is the API's, whose newest version npm would give to Node 20, where the SDK refuses it.
function unlockOpenTelemetry(copy) {
  rewriteJson(join(copy, "package-lock.json"), (lock) => {
    for (const path of Object.keys(lock.packages)) {
      if (path.includes("node_modules/@opentelemetry/")) delete lock.packages[path];
    }
  });
  rewriteJson(join(copy, "package.json"), (manifest) => {
    manifest.devDependencies["@opentelemetry/api"] = "^1.10.0";
  });
}

function rewriteJson(file, change) {
  const content = JSON.parse(readFileSync(file, "utf8"));
  change(content);
  writeFileSync(file, `${JSON.stringify(content, null, 2)}\n`);
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
