// Description of the machine and the versions.
import { readFileSync } from "node:fs";
import { availableParallelism, cpus, totalmem } from "node:os";
import { join } from "node:path";

const packages = ["@opentelemetry/api", "@opentelemetry/sdk-metrics", "prom-client"];

/** Returns the date, the machine, and the versions of Node and the contenders. */
export function machine() {
  return {
    date: new Date().toISOString(),
    machine: {
      cpu: cpus()[0]?.model ?? "unknown",
      cores: availableParallelism(),
      memoryGiB: Math.round(totalmem() / 2 ** 30),
      platform: `${process.platform} ${process.arch}`,
    },
    versions: {
      node: process.versions.node,
      v8: process.versions.v8,
      ...Object.fromEntries(packages.map((name) => [name, versionOf(name)])),
    },
  };
}

// Read as a file: not every package exports its package.json.
function versionOf(name) {
  const file = join(import.meta.dirname, "../node_modules", name, "package.json");
  return JSON.parse(readFileSync(file, "utf8")).version;
}
