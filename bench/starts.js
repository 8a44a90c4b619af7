// The cost of a start in addition to bare Node: time, memory and modules, of Tachymeter and of upstream's packages.
// Programs run in a separate folder, since Tachymeter would enable upstream's instrumentations installed in this
// repository.
import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { pathToFileURL } from "node:url";
import { entryFile } from "./build.js";
import { median } from "./measure.js";

const STARTS = 5;
const MIB = 2 ** 20;
const programs = join(import.meta.dirname, "programs");

const contenders = {
  "tachymeter/register, readers none": { module: entryFile("register.js"), exporter: "none" },
  "tachymeter/register, prometheus": { module: entryFile("register.js"), exporter: "prometheus" },
  upstream: { module: join(programs, "upstream.js"), exporter: "none" },
};
const measures = { start, "idle memory": idleMemory, "idle time": idleTime, "modules loaded": modulesLoaded };

/** Whether a measurement is a start: `start, upstream`. */
export function isStart(name) {
  return Object.keys(measures).includes(name.split(", ", 1)[0]);
}

/** Runs the measurement; `run` starts Node with arguments, a folder and variables, and returns its output. */
export function measureStart(name, run) {
  const [measure] = name.split(", ", 1);
  const { module, exporter } = contenders[name.slice(measure.length + 2)];
  const folder = mkdtempSync(join(tmpdir(), "tachymeter-start-"));
  try {
    writeFileSync(join(folder, "package.json"), "{}");
    for (const file of ["bare.js", "idle.js", "quiet.js"])
      copyFileSync(join(programs, file), join(folder, `${file}.cjs`));
    const program = (file, { bare = false, ...variables } = {}) =>
      run([...(bare ? [] : ["--import", pathToFileURL(module).href]), `${file}.cjs`], folder, {
        OTEL_METRICS_EXPORTER: exporter,
        ...variables,
      });
    return measures[measure](program, folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

// Alternates with bare Node, whose time is subtracted.
function start(program) {
  const samples = Array.from({ length: STARTS }, () => {
    const [bare, own] = [true, false].map((isBare) => {
      const begun = performance.now();
      program("bare.js", { bare: isBare });
      return performance.now() - begun;
    });
    return own - bare;
  });
  return { unit: "ms", value: median(samples), min: Math.min(...samples) };
}

function idleMemory(program) {
  const samples = Array.from({ length: STARTS }, () => {
    const [bare, own] = [true, false].map((isBare) => Number(program("idle.js", { bare: isBare })));
    return (own - bare) / MIB;
  });
  return { unit: "MiB", value: median(samples), min: Math.min(...samples) };
}

function idleTime(program) {
  return { unit: "ms/s", value: Number(program("quiet.js")) / 1_000 };
}

// Counts the files of the build in V8's coverage.
function modulesLoaded(program, folder) {
  const reports = join(folder, "reports");
  program("bare.js", { NODE_V8_COVERAGE: reports });
  const own = pathToFileURL(join(entryFile("register.js"), "..")).href;
  const urls = readdirSync(reports)
    .flatMap((file) => JSON.parse(readFileSync(join(reports, file), "utf8")).result)
    .map(({ url }) => url);
  return { unit: "modules", value: new Set(urls.filter((url) => url.startsWith(own))).size };
}
