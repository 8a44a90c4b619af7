import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { INSTRUMENTATIONS } from "../../instrumentations/index.ts";
import { application, packedProject } from "../kit/packed-project.ts";
import { outputOf, runNode } from "../kit/process.ts";

beforeAll(packedProject);

// The libraries of all instrumentations, and packages around them. Some are not installed, or only for ES modules.
const all = [
  ...Object.values(INSTRUMENTATIONS).flatMap(([{ files }]) => files.map(({ library }) => library)),
  "@aws-sdk/client-bedrock-runtime",
  "@modelcontextprotocol/sdk/client/index.js",
  "@nats-io/transport-node",
  "mssql",
  "redis",
  "undici",
];
// This version runs a command to count the processors.
const libraries = all.filter((name) => name !== "tinypool" || versionOf(name) !== "1.0.0");

function versionOf(library: string): unknown {
  const file = resolve(import.meta.dirname, "../../node_modules", library, "package.json");
  const manifest: { readonly version?: unknown } = JSON.parse(readFileSync(file, "utf8"));
  return manifest.version;
}

test("libraries that are loaded and never used have no figures", async () => {
  const program = `
    const { start } = require("tachymeter");
    const paths = ${JSON.stringify([".", resolve(import.meta.dirname, "../..")])};
    const telemetry = start({ readers: [], host: false, runtime: false, hooks: { kernels: true } });
    const names = async () => Object.keys((await telemetry.snapshot()).metrics).filter((key) => !/^(telemetry|otel_sdk)_/.test(key));
    const isLoaded = (library) => {
      try {
        require(require.resolve(library, { paths }));
        return true;
      } catch {
        return false;
      }
    };
    (async () => {
      const before = await names();
      const loaded = ${JSON.stringify([...new Set(libraries)])}.filter(isLoaded);
      const figures = (await names()).filter((key) => !before.includes(key));
      console.log(JSON.stringify({ loaded, figures }));
    })();`;
  const cwd = await application({ "app.cjs": program }, { libraries: true });
  const { loaded, figures }: Record<"loaded" | "figures", readonly string[]> = JSON.parse(
    await outputOf(runNode({ cwd, args: ["app.cjs"] })),
  );
  expect(figures).toEqual([]);
  expect(loaded.length).toBeGreaterThan(60);
});

test("a client of an unsupported version is reported when it is used, not when it is loaded", async () => {
  const client = "node_modules/@redis/client";
  const cwd = await application({
    [`${client}/package.json`]: JSON.stringify({
      name: "@redis/client",
      version: "1.4.0",
      main: "dist/index.js",
    }),
    [`${client}/dist/index.js`]: `require("./lib/client/pub-sub.js"); exports.Client = require("./lib/client/index.js").default;`,
    [`${client}/dist/lib/client/index.js`]: `exports.default = class { connect() { return "connected"; } };`,
    [`${client}/dist/lib/client/pub-sub.js`]: `exports.PubSub = class {};`,
    "app.cjs": `
      const { Client } = require("@redis/client");
      setImmediate(() => {
        console.error("loaded");
        console.log(new Client().connect(), new Client().connect());
      });`,
  });
  const env = { OTEL_METRICS_EXPORTER: "none", OTEL_LOG_LEVEL: "warn" };
  const child = runNode({ cwd, args: ["--require", "tachymeter/register", "app.cjs"], env });
  expect(await outputOf(child)).toBe("connected connected\n");
  expect(child.stderr.trimEnd().split("\n")).toEqual([
    "loaded",
    "tachymeter warning: instrumentation redis: @redis/client 1.4.0 is not instrumented; supported versions: >=5.0.0 <7 and >=1.5.0 <2",
  ]);
});
