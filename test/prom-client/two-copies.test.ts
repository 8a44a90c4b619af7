// Bundles may have several copies of this module in one process, as those of Next.js do.
import { build } from "esbuild";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { application, packedProject } from "../kit/packed-project.ts";
import { outputOf, runNode } from "../kit/process.ts";

beforeAll(packedProject);

const ROUTE = `
  import client from "tachymeter/prom-client";
  export const requests = () => new client.Counter({ name: "requests", help: "h", labelNames: ["route"] });
  export const own = () => new client.Gauge({ name: "load", help: "h", registers: [new client.Registry()] });
  export { client };`;

async function bundled(files: Readonly<Record<string, string>>): Promise<string> {
  const cwd = await application({ "a.src.mjs": ROUTE, "b.src.mjs": ROUTE, ...files });
  for (const name of ["a", "b"])
    await build({
      entryPoints: [join(cwd, `${name}.src.mjs`)],
      outfile: join(cwd, `${name}.mjs`),
      bundle: true,
      platform: "node",
      format: "esm",
      external: ["@opentelemetry/*"],
      logLevel: "silent",
    });
  return cwd;
}

test("two copies of one version share the global registry, and each metric is collected once", async () => {
  const cwd = await bundled({
    "app.mjs": `
      import { start } from "tachymeter";
      import * as a from "./a.mjs";
      import * as b from "./b.mjs";
      const telemetry = start({ readers: [], host: false, runtime: false });
      a.client.register.setDefaultLabels({ app: "shop" });
      const counter = a.requests();
      counter.inc({ route: "/a" });
      try { b.requests(); } catch (error) { console.log(error.message); }
      b.client.register.getSingleMetric("requests").inc({ route: "/b" }, 2);
      const [first, second] = [a.own(), b.own()];
      first.set(1);
      second.set(2);
      console.log(a.client.Counter === b.client.Counter, a.client.register === b.client.register);
      console.log(await b.client.register.metrics());
      const { metrics } = await telemetry.snapshot();
      for (const [key, { value }] of Object.entries(metrics))
        if (/^(?:requests|load)/.test(key)) console.log(key, value);
      await telemetry.shutdown();`,
  });
  const output = await outputOf(runNode({ cwd, args: ["app.mjs"] }));
  expect(output.trim().split("\n")).toEqual([
    "A metric with the name requests has already been registered.",
    "false true",
    "# HELP requests h",
    "# TYPE requests counter",
    'requests{route="/a",app="shop"} 1',
    'requests{route="/b",app="shop"} 2',
    "",
    'requests{app="shop",route="/a"} 1',
    'requests{app="shop",route="/b"} 2',
    "load 1",
    'load{otel_scope_name="prom-client"} 2',
  ]);
}, 60_000);

test("workers of a cluster answer once, whatever number of copies they have", async () => {
  const cwd = await bundled({
    "app.mjs": `
      import cluster from "node:cluster";
      import * as a from "./a.mjs";
      import * as b from "./b.mjs";
      for (const { client } of [a, b]) new client.AggregatorRegistry();
      if (cluster.isPrimary) {
        const worker = cluster.fork();
        cluster.on("message", async (_, message) => {
          if (message !== "ready") return;
          console.log(await new b.client.AggregatorRegistry().clusterMetrics());
          worker.kill();
        });
      } else {
        a.requests().inc({ route: "/a" });
        process.send("ready");
      }`,
  });
  const output = await outputOf(runNode({ cwd, args: ["app.mjs"] }));
  expect(output).toContain('requests{route="/a"} 1\n');
}, 60_000);
