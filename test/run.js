// `npm test`: sets the repository up if needed, checks and tests everything, and ends with the line `N passed, N
// failed, N skipped`. Arguments go to vitest: `npm test -- test/facades`. With `--tests-only` first, only the tests are
// run.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join, resolve } from "node:path";

const repository = resolve(import.meta.dirname, "..");
const testsOnly = process.argv[2] === "--tests-only";
const vitestArguments = process.argv.slice(testsOnly ? 3 : 2);
const scratch = mkdtempSync(join(tmpdir(), "tachymeter-run-"));
const tallyFile = join(scratch, "tally.json");
const failures = [];

if (!isInstalled()) step("install", "npm ci --prefer-offline");
if (!testsOnly) {
  step("build", "npm run --silent build");
  step("pack", "npm pack --silent --pack-destination", [scratch]);
  step("type check", "tsc");
  step("type check of the page", "tsc -p src/page/app");
  step("lint", "oxlint --type-aware");
  step("format", "oxfmt --check");
  step("publint", "publint --strict", [tarball()]);
  step("types of the package", "attw --profile esm-only", [tarball()]);
}
const testsFailed = !step("tests", "vitest run --config test/vitest.config.ts --root .", vitestArguments);

const tally = readTally();
const unseen = vitestArguments.length > 0 ? [] : namedTests().filter((name) => !tally.titles.includes(name));
rmSync(scratch, { recursive: true, force: true });
if (unseen.length > 0) {
  console.log("\nnamed in docs/specification.md or docs/prometheus.md, and not among the tests that passed:");
  for (const name of unseen) console.log(`  ${name}`);
  if (!testsFailed) failures.push("specification");
}
// The tally contains the result of the tests already, unless vitest failed without a failing test.
const failedSteps = failures.filter((name) => name !== "tests" || tally.failed === 0);
printSkipped();
printSlowest();
if (failures.length > 0) console.log(`\nfailed: ${failures.join(", ")}`);
const failed = tally.failed + failedSteps.length;
console.log(`\n${tally.passed} passed, ${failed} failed, ${tally.skipped.length} skipped`);
process.exitCode = failed > 0 || testsFailed ? 1 : 0;

// The package, which is built once for its checks and for the tests; "" with `--tests-only`, or if the build failed.
function tarball() {
  const [name] = readdirSync(scratch).filter((each) => each.endsWith(".tgz"));
  return name === undefined ? "" : join(scratch, name);
}

// Runs a command line with the repository's own tools first in the path, and prints how long it took.
function step(name, command, extraArguments = []) {
  console.log(`\n==> ${name}: ${[command, ...extraArguments].join(" ")}`);
  const started = performance.now();
  // A shell, since on Windows the tools are command files.
  const { status } = spawnSync([command, ...extraArguments.map(quoted)].join(" "), {
    cwd: repository,
    shell: true,
    stdio: ["ignore", "inherit", "inherit"],
    env: {
      ...process.env,
      PATH: [join(repository, "node_modules", ".bin"), process.env.PATH].join(delimiter),
      TEST_TALLY_FILE: tallyFile,
      TEST_TARBALL: tarball(),
    },
  });
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  console.log(`==> ${name}: ${status === 0 ? "passed" : "failed"} after ${seconds} s`);
  if (status !== 0) failures.push(name);
  return status === 0;
}

// Whether node_modules has every package of the lock at the lock's version; those for other platforms may be missing.
function isInstalled() {
  try {
    const wanted = packagesOf("package-lock.json");
    const present = packagesOf("node_modules/.package-lock.json");
    return Object.entries(wanted).every(
      ([path, { version, optional }]) =>
        path === "" || (present[path]?.version ?? (optional ? version : undefined)) === version,
    );
  } catch {
    return false;
  }
}

function packagesOf(file) {
  return JSON.parse(readFileSync(join(repository, file), "utf8")).packages;
}

function readTally() {
  try {
    return JSON.parse(readFileSync(tallyFile, "utf8"));
  } catch {
    return { passed: 0, failed: 0, titles: [], skipped: [], seconds: [] };
  }
}

// The processor time of a file is its own and that of the processes it started. It hardly depends on other work of the machine.
function printSlowest() {
  if (vitestArguments.length > 0) return;
  const total = tally.seconds.reduce((sum, [, seconds]) => sum + seconds, 0);
  console.log(
    `\nprocessor time of the ${tally.seconds.length} test files: ${total.toFixed(0)} s; the slowest:`,
  );
  for (const [file, seconds] of tally.seconds.slice(0, 40)) console.log(`  ${seconds.toFixed(1)} s  ${file}`);
}

// Tests without a program that they need are counted in one sentence. Others are listed with their reason.
function printSkipped() {
  const missing = new Map();
  const others = [];
  for (const { name, reason } of tally.skipped) {
    const [, program] = /^(\S+) is not installed \(/.exec(reason) ?? [];
    if (program === undefined) others.push(`  ${name}: ${reason}`);
    else missing.set(program, (missing.get(program) ?? 0) + 1);
  }
  if (others.length > 0) console.log(`\nskipped:\n${others.join("\n")}`);
  if (missing.size === 0) return;
  const counts = [...missing].toSorted(([, one], [, other]) => other - one);
  const total = counts.reduce((sum, [, count]) => sum + count, 0);
  const list = counts.map(([program, count]) => `${program} (${count})`).join(", ");
  console.log(`\n${total} tests need programs that are not installed: ${list}.`);
  console.log("On Debian, `npm run servers:install` installs them.");
}

// The tests that the documents on specifications name: all must be in the report.
function namedTests() {
  const documents = ["specification.md", "prometheus.md"].map((name) =>
    readFileSync(join(repository, "docs", name), "utf8"),
  );
  return [...documents.join("\n").matchAll(/“([^”]+)”/g)].map(([, name]) => name);
}

function quoted(argument) {
  return process.platform === "win32" ? `"${argument}"` : `'${argument.replaceAll("'", `'\\''`)}'`;
}
