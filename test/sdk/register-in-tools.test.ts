// `tachymeter/register` in development tools, and ports in use.
import { createRequire } from "node:module";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { application, packedProject } from "../kit/packed-project.ts";
import { complaintsOf, freePort, runNode } from "../kit/process.ts";

const require = createRequire(import.meta.url);
const NODE_OPTIONS = "--import tachymeter/register";

beforeAll(packedProject);

const tools = {
  tsc: [join(require.resolve("typescript/package.json"), "../bin/tsc"), "--version"],
  oxlint: [join(require.resolve("oxlint/package.json"), "../bin/oxlint"), "--version"],
  tsx: [join(require.resolve("tsx/package.json"), "../dist/cli.mjs"), "--eval", "console.log(7)"],
};

test.each(Object.entries(tools))("%s starts no endpoint", async (name, args) => {
  const cwd = await application({});
  const child = runNode({ cwd, args, env: { NODE_OPTIONS, OTEL_EXPORTER_PROMETHEUS_PORT: "0" } });
  expect(await child.exit).toEqual({ code: 0, signal: null });
  // The program that `tsx` starts is an application.
  expect(complaintsOf(child).match(/Prometheus endpoint/g) ?? []).toHaveLength(name === "tsx" ? 1 : 0);
});

test.each(["releases/yarn-4.18.1.cjs", "bin/pnpm.cjs", "bin/npm-cli.js", "dist/corepack.js"])(
  "a file of a package manager, %s, starts nothing; with TACHYMETER_TOOLS=true it does",
  async (file) => {
    const cwd = await application({ [file]: "console.log(7);" });
    for (const [TACHYMETER_TOOLS, count] of [
      ["false", 0],
      ["true", 1],
      [" Yes ", 1],
    ] as const) {
      const env = { NODE_OPTIONS, OTEL_EXPORTER_PROMETHEUS_PORT: "0", TACHYMETER_TOOLS };
      const child = runNode({ cwd, args: [file], env });
      expect(await child.exit).toEqual({ code: 0, signal: null });
      expect(complaintsOf(child).match(/Prometheus endpoint/g) ?? []).toHaveLength(count);
    }
  },
);

test("an application's own file may have the name of a package manager", async () => {
  const cwd = await application({ "yarn.js": "console.log(7);" });
  const child = runNode({
    cwd,
    args: ["yarn.js"],
    env: { NODE_OPTIONS, OTEL_EXPORTER_PROMETHEUS_PORT: "0" },
  });
  expect(await child.exit).toEqual({ code: 0, signal: null });
  expect(complaintsOf(child)).toContain("Prometheus endpoint");
});

test.skipIf(process.platform === "win32")("npm leaves the port to the program that it starts", async () => {
  const port = await freePort();
  const cwd = await application({
    "package.json": JSON.stringify({ scripts: { start: "node app.js" } }),
    "app.js": "setTimeout(() => {}, 500);",
  });
  const env = { NODE_OPTIONS, OTEL_EXPORTER_PROMETHEUS_PORT: `${port}` };
  const child = runNode({ cwd, command: "npm", args: ["start"], env });
  expect(await child.exit).toEqual({ code: 0, signal: null });
  const lines = complaintsOf(child).match(/^tachymeter .*/gm);
  expect(lines).toEqual([`tachymeter info: Prometheus endpoint at http://127.0.0.1:${port}/metrics`]);
});

test("a port in use by another process with Tachymeter names that process", async () => {
  const cwd = await application({
    "app.mjs": `console.log("ready"); setInterval(() => {}, 1000);`,
    "next.mjs": `
      import { start } from "tachymeter";
      await start().ready.catch(() => {});
      process.exit(0);`,
  });
  const env = { OTEL_EXPORTER_PROMETHEUS_PORT: `${await freePort()}`, OTEL_SERVICE_NAME: "shop" };
  const first = runNode({ cwd, args: ["--import", "tachymeter/register", "app.mjs"], env });
  await first.waitForOutput(/Prometheus endpoint at/);
  const second = runNode({ cwd, args: ["next.mjs"], env: { ...env, TACHYMETER_GROUP: "false" } });
  await second.exit;
  expect(second.stderr).toContain(
    `is in use: process ${first.pid} has it, which runs Tachymeter as "shop"; stop the program`,
  );
});
