// Next.js compiles `instrumentation.ts` for Node.js and for the edge runtime, whose modules are found by condition
// `edge-light` and whose programs have no modules of Node.js. `npm run test:matrix -- next` builds with Next.js itself.
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { createContext, runInContext } from "node:vm";
import { build } from "esbuild";
import { beforeAll, expect, test } from "vitest";
import { application, packedProject } from "../kit/packed-project.ts";
import { outputOf, runNode } from "../kit/process.ts";

const example = readFileSync(
  resolve(import.meta.dirname, "../../examples/frameworks/nextjs/instrumentation.ts"),
  "utf8",
);

beforeAll(packedProject);

/** Compiles `instrumentation.ts` for the edge runtime, and calls its `register`. */
async function registerOnEdge(text: string): Promise<unknown> {
  const cwd = await application({ "instrumentation.ts": text });
  const { outputFiles } = await build({
    entryPoints: [join(cwd, "instrumentation.ts")],
    bundle: true,
    write: false,
    format: "iife",
    globalName: "instrumentation",
    platform: "browser",
    conditions: ["edge-light"],
    define: { 'process.env["NEXT_RUNTIME"]': '"edge"', "process.env.NEXT_RUNTIME": '"edge"' },
  });
  const context = createContext({});
  runInContext(outputFiles[0]?.text ?? "", context);
  return await runInContext("instrumentation.register()", context);
}

const refusal = /it needs Node\.js, and this is the edge runtime; in instrumentation\.ts, import it only if/;

test("in the edge runtime the example does nothing", async () => {
  expect(await registerOnEdge(example)).toBeUndefined();
});

test("in the edge runtime start() and the flag's module are refused with what to do", async () => {
  await expect(
    registerOnEdge(`import { start } from "tachymeter"; export async function register() { start(); }`),
  ).rejects.toThrow(refusal);
  await expect(
    registerOnEdge(`export async function register() { await import("tachymeter/register"); }`),
  ).rejects.toThrow(refusal);
});

test("in Node.js the example starts the telemetry", async () => {
  const cwd = await application({
    "instrumentation.mts": example,
    "server.mjs": `
      import { register } from "./instrumentation.mjs";
      import { running } from "tachymeter";
      await register();
      console.log(running().resource.attributes["service.name"]);
      process.exit();`,
  });
  await build({ entryPoints: [join(cwd, "instrumentation.mts")], outfile: join(cwd, "instrumentation.mjs") });
  const env = { NEXT_RUNTIME: "nodejs", OTEL_EXPORTER_PROMETHEUS_PORT: "0" };
  expect(await outputOf(runNode({ cwd, args: ["server.mjs"], env }))).toBe("shop\n");
});
