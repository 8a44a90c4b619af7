// Applications that a bundler has made one file of.
import { join } from "node:path";
import { build } from "esbuild";
import { rolldown } from "rolldown";
import { beforeAll, expect, test } from "vitest";
import webpack from "webpack";
import { samples } from "../instrumentations/applications.ts";
import { application, packedProject } from "../kit/packed-project.ts";
import { runNode, scrape } from "../kit/process.ts";

/** Makes one file of a program and what it imports; `external` stays an import, or `require`. */
type Bundle = (program: string, file: string, external: readonly string[]) => Promise<unknown>;

const bundlers: Readonly<Record<string, { readonly file: string; readonly bundle: Bundle }>> = {
  esbuild: {
    file: "bundle.mjs",
    bundle: (program, file, external) =>
      build({
        entryPoints: [program],
        outfile: file,
        bundle: true,
        platform: "node",
        format: "esm",
        external: external.map((name) => `${name}*`),
      }),
  },
  rolldown: {
    file: "bundle.mjs",
    bundle: async (program, file, external) => {
      const bundled = await rolldown({
        input: program,
        platform: "node",
        external: external.map((name) => new RegExp(`^${name}`)),
      });
      await bundled.write({ file, format: "esm", codeSplitting: false });
    },
  },
  webpack: {
    file: "bundle.cjs",
    bundle: (program, file, external) =>
      new Promise((resolve, reject) => {
        webpack(
          {
            mode: "production",
            target: "node20",
            entry: program,
            output: { path: join(file, ".."), filename: "bundle.cjs" },
            externals: ({ request }, callback) =>
              external.some((name) => request.startsWith(name))
                ? callback(undefined, `commonjs ${request}`)
                : callback(),
          },
          (error, stats) => {
            const problem = error ?? stats?.compilation.errors.at(0);
            if (problem === undefined) resolve(undefined);
            else reject(problem);
          },
        );
      }),
  },
};

beforeAll(packedProject);

test.each(Object.keys(bundlers))(
  "an application that %s has bundled is measured, its packages external",
  async (name) => {
    const cwd = await application(
      {
        "main.mjs": `
          import CircuitBreaker from "opossum";
          import { getCustomCollector } from "tachymeter/facades";
          import { pack } from "./orders.mjs";
          await new CircuitBreaker(pack, { name: "packing" }).fire();
          getCustomCollector().incrementCounter("orders.packed");
          setInterval(() => {}, 1_000);`,
        "orders.mjs": `export async function pack() {}`,
      },
      { libraries: true },
    );
    const { file, bundle } = bundlers[name]!;
    await bundle(join(cwd, "main.mjs"), join(cwd, file), ["tachymeter", "opossum"]);
    const child = runNode({
      cwd,
      args: ["--import", "tachymeter/register", file],
      env: { OTEL_EXPORTER_PROMETHEUS_PORT: "0" },
    });
    const [, url = ""] = await child.waitForOutput(/Prometheus endpoint at (\S+)/);
    await expect
      .poll(async () => samples(await scrape(url), "circuit_breaker_calls_total"))
      .toEqual([expect.stringMatching(/circuit_breaker_name="packing".* 1$/)]);
    expect(samples(await scrape(url), "orders_packed_total")).toEqual([expect.stringMatching(/ 1$/)]);
    child.kill();
    await child.exit;
  },
);
