import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, onTestFinished, test } from "vitest";
import { application, packedProject } from "../packed-project.ts";
import { freePort, outputOf, runNode, scrape } from "../process.ts";
import { startBroker } from "./mqtt-broker.ts";

beforeAll(packedProject, 180_000);

const started = [
  ["an ES module", "--import", "mjs"],
  ["an ES module", "--require", "mjs"],
  ["a CommonJS application", "--import", "cjs"],
  ["a CommonJS application", "--require", "cjs"],
] as const;

/** Runs an unmodified application until it is done, and gives what can be scraped then. */
async function scrapeOf(
  flag: string,
  program: string,
  env: Readonly<Record<string, string>>,
): Promise<string> {
  const files = [program, "echo-worker.cjs", "exit.cjs"];
  const cwd = await application(
    Object.fromEntries(
      files.map((name) => [name, readFileSync(join(import.meta.dirname, "fixtures", name), "utf8")]),
    ),
  );
  const port = await freePort();
  const child = runNode({
    cwd,
    args: [flag, "tachymeter/register", program],
    env: { OTEL_EXPORTER_PROMETHEUS_PORT: `${port}`, ...env },
    openInput: true,
  });
  await child.waitForOutput(/done/);
  await child.waitForOutput(/Prometheus endpoint/);
  return scrape(`http://127.0.0.1:${port}/metrics`);
}

/** The samples of a metric without their scope labels. */
function samples(text: string, name: string): readonly string[] {
  return text
    .split("\n")
    .filter((line) => line.startsWith(`${name}{`))
    .map((line) => line.replaceAll(/,?otel_scope_[a-z]+="[^"]*"/g, ""));
}

test.each(started)("the MQTT messages of %s started with %s are measured", async (_, flag, suffix) => {
  const broker = await startBroker();
  onTestFinished(() => broker.stop());
  const text = await scrapeOf(flag, `mqtt-app.${suffix}`, { MQTT_URL: broker.url });
  const labels = 'messaging_destination_name="jobs/+/start",messaging_system="mqtt"';
  expect(samples(text, "messages_sent_total")).toEqual([`messages_sent_total{${labels}} 5`]);
  expect(samples(text, "messages_received_total")).toEqual([`messages_received_total{${labels}} 5`]);
  expect(samples(text, "message_processing_duration_seconds_count")).toEqual([
    `message_processing_duration_seconds_count{${labels}} 5`,
  ]);
  expect(samples(text, "message_queue_size")).toEqual([
    expect.stringMatching(/messaging_system="mqtt"\} \d+$/),
  ]);
});

test.each(started)("the worker threads of %s started with %s are kernels", async (_, flag, suffix) => {
  const text = await scrapeOf(flag, `workers-app.${suffix}`, { TACHYMETER_KERNELS: "true" });
  for (const name of ["kernel_messages_received_total", "kernel_messages_sent_total"]) {
    expect(samples(text, name)).toEqual([
      `${name}{kernel_id="echo-worker.cjs#0"} 3`,
      `${name}{kernel_id="echo-worker.cjs#1"} 3`,
    ]);
  }
  expect(samples(text, "kernel_state")).toEqual([
    'kernel_state{kernel_id="echo-worker.cjs#0"} 2',
    'kernel_state{kernel_id="echo-worker.cjs#1"} 2',
  ]);
});

test("without being asked for, worker threads are not measured", async () => {
  expect(await scrapeOf("--import", "workers-app.mjs", {})).not.toContain("kernel_");
});

test.each([started[0], started[3]])(
  "the processes of %s started with %s are commands, once each",
  async (_, flag, suffix) => {
    const text = await scrapeOf(flag, `commands-app.${suffix}`, {});
    const ends = samples(text, "command_duration_seconds_count").map((line) =>
      /command_name="(.*?)",(?:error_type="(.*?)",)?outcome="(.*?)"\} (\d+)$/.exec(line)?.slice(1).join(" "),
    );
    const codes = [11, 12, 13, 14, 15, 16, 17, 18, 21, 22, 23, 31, 33];
    // The shell of a pipeline fails with what failed in it, as zx has set its options.
    expect(new Set(ends)).toEqual(
      new Set([...codes.map((code) => `node ${code} failure 1`), "cat  success 1", "node 32 failure 1"]),
    );
    expect(text).not.toContain("secret");
  },
);

test("an error that an application does not handle ends it as before", async () => {
  const cwd = await application({
    "app.mjs": 'import { spawn } from "node:child_process"; spawn("no-such");',
  });
  const child = runNode({ cwd, args: ["--import", "tachymeter/register", "app.mjs"] });
  expect(await child.exit).toEqual({ code: 1, signal: null });
  expect(child.stderr).toContain("Emitted 'error' event on ChildProcess instance");
});

test("asked for it, each execution is an event of the running Tachymeter", async () => {
  const cwd = await application({
    "app.mjs": `
      import { spawnSync } from "node:child_process";
      import { start } from "tachymeter";
      const telemetry = start({
        readers: [{ type: "prometheus", port: 0 }],
        instrumentations: { "child-process": { events: true } },
      });
      spawnSync("node", ["-e", "process.exit(3)"]);
      telemetry.commands.run("deploy", () => spawnSync("node", ["-e", ""]));
      console.log(JSON.stringify(telemetry.events.recent()));
      await telemetry.shutdown();`,
  });
  const events: unknown = JSON.parse(await outputOf(runNode({ cwd, args: ["app.mjs"] })));
  const rest = { command_id: expect.any(String), processing_time_ms: expect.any(Number) };
  expect(events).toMatchObject([
    { event_type: "COMMAND", data: { ...rest, command_type: "node", result_status: "FAILURE" } },
    { event_type: "COMMAND", data: { ...rest, command_type: "deploy", result_status: "SUCCESS" } },
  ]);
});

test("switched off, child processes are not measured", async () => {
  const cwd = await application({
    "app.mjs": `
      import { spawnSync } from "node:child_process";
      import { start } from "tachymeter";
      const telemetry = start({ readers: [{ type: "prometheus", port: 0 }] });
      spawnSync("node", ["-e", ""]);
      const { metrics } = await telemetry.snapshot();
      console.log(Object.keys(metrics).filter((key) => key.startsWith("command")).length);
      await telemetry.shutdown();`,
  });
  const commandSeries = async (env: Readonly<Record<string, string>>): Promise<string> =>
    outputOf(runNode({ cwd, args: ["app.mjs"], env }));
  expect(await commandSeries({ OTEL_NODE_DISABLED_INSTRUMENTATIONS: "child-process" })).toBe("0\n");
  expect(await commandSeries({})).toBe("2\n");
});
