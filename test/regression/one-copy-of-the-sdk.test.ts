import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { npm, packedProject } from "../kit/packed-project.ts";
import { isLong } from "../kit/test-length.ts";

const repository = resolve(import.meta.dirname, "..", "..");

// The newest release of each supported line; in the long form the first ones too.
const releases = [
  { version: "2.12.1", api: "1.9.1" },
  { version: "3.1.1", api: "1.10.0" },
  ...(isLong
    ? [
        { version: "2.12.0", api: "1.9.1" },
        { version: "3.1.0", api: "1.10.0" },
      ]
    : []),
];

test.each(releases)(
  "beside sdk-metrics $version every OpenTelemetry package is installed once",
  async ({ version, api }) => {
    const installed = await installedBeside({
      "@opentelemetry/sdk-metrics": version,
      "@opentelemetry/api": api,
    });
    const names = installed.map(({ name }) => name);
    expect(names).toEqual([...new Set(names)]);
    for (const name of ["core", "resources", "sdk-metrics"]) {
      expect(installed).toContainEqual({ name: `@opentelemetry/${name}`, version });
    }
  },
);

interface Installed {
  readonly name: string;
  readonly version: string;
}

/** The OpenTelemetry packages that npm would install with the tarball and `others`. */
async function installedBeside(others: Readonly<Record<string, string>>): Promise<readonly Installed[]> {
  const { tarball } = await packedProject();
  const folder = mkdtempSync(join(tmpdir(), "tachymeter-copies-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  cpSync(join(repository, ".npmrc"), join(folder, ".npmrc"));
  const dependencies = { ...others, tachymeter: `file:${tarball}` };
  writeFileSync(join(folder, "package.json"), JSON.stringify({ private: true, dependencies }));
  await npm(folder, ["install", "--package-lock-only", "--prefer-offline", "--no-audit", "--no-fund"]);
  const lock: { packages: Record<string, { version: string }> } = JSON.parse(
    readFileSync(join(folder, "package-lock.json"), "utf8"),
  );
  return Object.entries(lock.packages)
    .map(([path, { version }]) => ({ name: path.replace(/^.*node_modules\//, ""), version }))
    .filter(({ name }) => name.startsWith("@opentelemetry/"));
}
