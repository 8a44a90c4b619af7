import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { expect, test } from "vitest";
import { packedProject } from "../kit/packed-project.ts";

interface LockedPackage {
  readonly version: string;
  readonly resolved?: string;
  readonly link?: boolean;
  readonly dev?: boolean;
  readonly optional?: boolean;
  readonly hasInstallScript?: boolean;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

const ourLock = lockOf(resolve(import.meta.dirname, "..", ".."));

test("the lock names no registry", () => {
  const located = [...ourLock]
    .filter(([, { resolved, link }]) => resolved !== undefined && link !== true)
    .map(([path]) => path);
  expect(located).toEqual([]);
});

test("users install one copy of each OpenTelemetry package", () => {
  const copies = [...ourLock]
    .filter(([path, { dev }]) => dev !== true && path.includes("node_modules/@opentelemetry/"))
    .filter(([path]) => path.lastIndexOf("node_modules/") > 0)
    .map(([path]) => path);
  expect(copies).toEqual([]);
});

test("nothing that users install runs a script while it is installed", () => {
  const scripted = [...ourLock].filter(([, each]) => each.dev !== true && each.hasInstallScript === true);
  expect(scripted.map(([path]) => path)).toEqual([]);
});

// With a registry that lacks the binaries of other platforms, npm omits them from the lock, and `npm ci` then refuses
// it.
test("the lock contains the binaries of every platform", () => {
  const missing = [...ourLock.values()].flatMap(({ optionalDependencies = {} }) =>
    Object.keys(optionalDependencies).filter(
      (name) => ![...ourLock.keys()].some((path) => path.endsWith(`node_modules/${name}`)),
    ),
  );
  expect(missing).toEqual([]);
});

test("the packed project has the versions of our lock", async () => {
  const { folder } = await packedProject();
  const installed = [...lockOf(join(folder, "node_modules"), ".package-lock.json")].filter(
    ([path]) => path !== "node_modules/tachymeter",
  );
  expect(installed.length).toBeGreaterThan(50);
  const others = installed.filter(([path, { version }]) => ourLock.get(path)?.version !== version);
  expect(others.map(([path, { version }]) => `${path}@${version}`)).toEqual([]);
});

function lockOf(folder: string, name = "package-lock.json"): Map<string, LockedPackage> {
  const lock: { packages: Record<string, LockedPackage> } = JSON.parse(
    readFileSync(join(folder, name), "utf8"),
  );
  return new Map(Object.entries(lock.packages).filter(([path]) => path !== ""));
}
