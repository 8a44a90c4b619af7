// The configuration in `docs/scale.md`, parsed by the real programs.
import { execFile } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { resourceFromAttributes } from "@opentelemetry/resources";
import { MeterProvider, PeriodicExportingMetricReader } from "tachymeter/metrics";
import { OtlpExporter } from "tachymeter/otlp";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { fencesOf } from "./kit/markdown-blocks.ts";
import { newFolder } from "./kit/new-folder.ts";
import { cleanEnvironment, freePort, runNode } from "./kit/process.ts";
import { waitMillis } from "./kit/test-length.ts";
import { neededProgram, needs, needsFetched } from "./servers/needs.ts";
import { VictoriaMetrics } from "./servers/victoria-metrics.ts";

type Files = Readonly<Record<string, string>>;

interface CollectorFile {
  readonly service: {
    readonly extensions: readonly string[];
    readonly pipelines: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;
  };
}

const page = readFileSync(resolve(import.meta.dirname, "../docs/scale.md"), "utf8");

const files: Files = Object.fromEntries(
  fencesOf(page).flatMap(({ info, text }) => {
    const name = /\bfile=(\S+)/.exec(info)?.[1];
    return name === undefined ? [] : [[name, text]];
  }),
);

test.for(["vmagent.txt", "vmagent-shards.txt"])(
  "vmagent accepts the flags in %s, and refuses unknown ones",
  async (name, context) => {
    const program = join(needsFetched(context, "victoria-metrics"), "usr/bin/vmagent");
    const flags = file(name).match(/-[\w.]+=\S+/g) ?? [];
    expect(flags.length).toBeGreaterThan(2);
    const accepted = await outcomeOf(program, ["-dryRun", ...flags], files);
    expect(accepted.output).toContain("all the configs are ok");
    const renamed = flags.map((flag) => flag.replace("remoteWrite.url", "remoteWrite.address"));
    expect((await outcomeOf(program, ["-dryRun", ...renamed], files)).code).not.toBe(0);
  },
);

test("metrics reach VictoriaMetrics through vmagent, without the labels that the page drops", async (context) => {
  const server = await VictoriaMetrics.start(context);
  const program = join(needsFetched(context, "victoria-metrics"), "usr/bin/vmagent");
  const address = `127.0.0.1:${await freePort()}`;
  const flags = (file("vmagent.txt").match(/-[\w.]+=\S+/g) ?? [])
    .map((flag) => flag.replace(/(?<=^-remoteWrite\.url=).*/, server.remoteWriteUrl))
    .map((flag) => flag.replace(/(?<=^-httpListenAddr=).*/, address))
    .map((flag) => flag.replace("/var/lib/vmagent", "queue"));
  const agent = runNode({ command: program, args: flags, cwd: folderWith(files) });
  await agent.waitForOutput(/started server at/);
  const reader = new PeriodicExportingMetricReader({
    exporter: new OtlpExporter({ url: `http://${address}/opentelemetry/v1/metrics` }),
  });
  const resource = resourceFromAttributes({ "service.name": "shop", "process.pid": 7 });
  const provider = new MeterProvider({ readers: [reader], resource });
  provider.getMeter("shop").createCounter("orders").add(3);
  await provider.shutdown();
  await expect.poll(async () => (await server.stored('{__name__="orders"}')).length).toBe(1);
  const [orders] = await server.stored('{__name__="orders"}');
  expect(orders?.values).toEqual([3]);
  expect(orders?.labels).toMatchObject({ "service.name": "shop" });
  expect(Object.keys(orders?.labels ?? {})).not.toContain("process.pid");
});

test("vmagent refuses a changed relabeling", async (context) => {
  const program = join(needsFetched(context, "victoria-metrics"), "usr/bin/vmagent");
  const changed = { ...files, "relabel.yml": file("relabel.yml").replace("labeldrop", "labeldrops") };
  const flags = file("vmagent.txt").match(/-[\w.]+=\S+/g) ?? [];
  expect((await outcomeOf(program, ["-dryRun", ...flags], changed)).code).not.toBe(0);
});

test("vmauth accepts the page's file, and refuses a changed one", async (context) => {
  const program = join(needsFetched(context, "victoria-metrics"), "usr/bin/vmauth");
  const args = ["-dryRun", "-auth.config=vmauth.yml"];
  expect(await outcomeOf(program, args, files)).toMatchObject({ code: 0 });
  const changed = { ...files, "vmauth.yml": file("vmauth.yml").replace("url_prefix", "url_prefixes") };
  expect((await outcomeOf(program, args, changed)).code).not.toBe(0);
});

test("promtool accepts the page's configuration of Prometheus, and refuses a changed one", async (context) => {
  needs(context, "promtool");
  const args = ["check", "config", "prometheus.yml"];
  expect(await outcomeOf("promtool", args, files)).toMatchObject({ code: 0 });
  const changed = { "prometheus.yml": file("prometheus.yml").replace("time_window", "window") };
  expect((await outcomeOf("promtool", args, changed)).code).not.toBe(0);
});

test.each(["collector-to-kafka.yaml", "collector-from-kafka.yaml"])(
  "%s defines each component of its pipelines",
  (name) => {
    const text = file(name);
    const { service }: CollectorFile = parse(text);
    const sections: Readonly<Record<string, Readonly<Record<string, unknown>> | undefined>> = parse(text);
    const used = Object.values(service.pipelines).flatMap((pipeline) => Object.entries(pipeline));
    for (const [section, names] of [...used, ["extensions", service.extensions] as const])
      expect(Object.keys(sections[section] ?? {})).toEqual(expect.arrayContaining([...names]));
  },
);

function file(name: string): string {
  const text = files[name];
  if (text === undefined) throw new Error(`docs/scale.md has no block with file=${name}`);
  return text;
}

function outcomeOf(
  program: string,
  args: readonly string[],
  written: Files,
): Promise<{ readonly code: number | null; readonly output: string }> {
  const options = { cwd: folderWith(written), env: cleanEnvironment(), timeout: waitMillis };
  return new Promise((done) => {
    const child = execFile(neededProgram(program), args, options, (_, stdout, stderr) =>
      done({ code: child.exitCode, output: stdout + stderr }),
    );
  });
}

function folderWith(written: Files): string {
  const folder = newFolder("scale-configuration");
  for (const [name, text] of Object.entries(written)) writeFileSync(join(folder, name), text);
  return folder;
}
