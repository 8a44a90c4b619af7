// A library may bring a copy of this package of its own: two copies of the built package, in two folders of one process.
import { cpSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { VERSION } from "../../src/version.ts";
import { application, packedProject } from "../kit/packed-project.ts";
import { outputOf, runNode } from "../kit/process.ts";

beforeAll(packedProject);

// An application with a copy of its own in a library.
async function withCopy(version: string, app: string): Promise<string> {
  const { installed } = await packedProject();
  const cwd = await application({
    "app.mjs": app,
    "library/index.mjs": `export { running, start } from "tachymeter"; export { Registry } from "tachymeter/prom-client";`,
  });
  const copy = join(cwd, "library/node_modules/tachymeter");
  for (const part of ["dist", "package.json"])
    cpSync(join(installed, part), join(copy, part), { recursive: true });
  if (version === VERSION) return cwd;
  const dist = join(copy, "dist");
  for (const file of readdirSync(dist).filter((name) => name.endsWith(".js"))) {
    const code = readFileSync(join(dist, file), "utf8");
    writeFileSync(join(dist, file), code.replaceAll(`"${VERSION}"`, `"${version}"`));
  }
  return cwd;
}

test("a second copy of the same version shares the running Tachymeter, in threads too", async () => {
  const cwd = await withCopy(
    VERSION,
    `
    import { Worker, isMainThread, parentPort } from "node:worker_threads";
    import { once } from "node:events";
    import * as library from "./library/index.mjs";
    import { running, start } from "tachymeter";
    const count = (telemetry, by) => telemetry.collector.registerCounter("orders_total", "Orders").increment(by);
    if (isMainThread) {
      console.log(library.start === start, library.running());
      const telemetry = library.start({ readers: [], host: false, runtime: false });
      console.log(running() === telemetry, start() === telemetry);
      try { start({ readers: [] }); } catch (error) { console.log(error.name, /app\\.mjs/.test(error.message)); }
      count(running(), 1);
      const worker = new Worker(new URL(import.meta.url));
      await once(worker, "exit");
      console.log((await telemetry.snapshot()).metrics.orders_total.value);
      await telemetry.shutdown();
      console.log(running(), library.running());
    } else {
      const telemetry = start();
      count(library.running(), 2);
      console.log(library.start() === telemetry);
    }`,
  );
  const output = await outputOf(runNode({ cwd, args: ["app.mjs"] }));
  expect(output.trim().split("\n")).toEqual([
    "false undefined",
    "true true",
    "AlreadyStartedError true",
    "true",
    "3",
    "undefined undefined",
  ]);
});

test("a second copy of another version is refused with the versions and folders of both", async () => {
  const cwd = await withCopy(
    "0.2.9",
    `
    import { start as other, running as otherRunning } from "./library/index.mjs";
    import { start } from "tachymeter";
    const telemetry = start({ readers: [] });
    try { other(); } catch (error) { console.log(error.name, error.message); }
    console.log(otherRunning());
    await telemetry.shutdown();
    await other({ readers: [] }).shutdown();`,
  );
  const [error = "", ...others] = (await outputOf(runNode({ cwd, args: ["app.mjs"] }))).trim().split("\n");
  expect(error).toMatch(
    /^ForeignMeterProviderError start\(\): tachymeter \S+ of \S+tachymeter is running in this process, so tachymeter 0\.2\.9 of \S+library\/node_modules\/tachymeter cannot start/,
  );
  expect(error).toContain(`tachymeter ${VERSION} of `);
  expect(others).toEqual(["undefined"]);
});
