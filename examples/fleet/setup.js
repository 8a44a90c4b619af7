// Set-up of a fresh clone: the packages and the build. Uses only Node's own modules.
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join, resolve } from "node:path";

const ROOT = resolve(import.meta.dirname, "../..");
const SOURCES = ["package.json", "tsconfig.json", "src", "instrumentations"];
const BUILT = "dist/register.js";

/** Installs and builds if needed. Throws if a command fails. */
export function setUp() {
  if (!isInstalled()) npm("ci");
  if (!isBuilt()) npm("run", "build");
}

function isInstalled() {
  const installed = inRoot("node_modules/.package-lock.json");
  if (!existsSync(installed)) return false;
  const lock = inRoot("package-lock.json");
  return modifiedAt(installed) >= modifiedAt(lock) || holdsAllOf(installed, lock);
}

// A checkout touches the lock file without changing its contents.
function holdsAllOf(installed, lock) {
  const there = packagesOf(installed);
  return Object.entries(packagesOf(lock)).every(
    ([path, { optional, version }]) => path === "" || optional || there[path]?.version === version,
  );
}

function packagesOf(lock) {
  return JSON.parse(readFileSync(lock, "utf8")).packages;
}

function isBuilt() {
  const built = inRoot(BUILT);
  if (!existsSync(built)) return false;
  return SOURCES.every((source) => newestIn(inRoot(source)) <= modifiedAt(built));
}

function newestIn(path) {
  if (!statSync(path).isDirectory()) return modifiedAt(path);
  return Math.max(0, ...readdirSync(path).map((name) => newestIn(join(path, name))));
}

function npm(...words) {
  console.log(`npm ${words.join(" ")} …`);
  // npm is a shell script on Windows.
  const { status, error } = spawnSync("npm", words, {
    cwd: ROOT,
    stdio: ["ignore", "inherit", "inherit"],
    shell: process.platform === "win32",
  });
  if (status !== 0)
    throw new Error(`"npm ${words.join(" ")}" failed: ${error?.message ?? `exit code ${status}`}`);
}

function inRoot(path) {
  return join(ROOT, path);
}

function modifiedAt(path) {
  return statSync(path).mtimeMs;
}
