import { expect, test } from "vitest";
import { application } from "../../kit/packed-project.ts";
import { outputOf, runNode } from "../../kit/process.ts";
import { samples, scrapeOf, bothLoaders } from "../applications.ts";

const folder = import.meta.dirname;

test.each(bothLoaders())(
  "the processes of %s started with %s are commands, counted once each",
  async (_, flag, program) => {
    const text = await scrapeOf({ folder, program, flag });
    const ends = samples(text, "command_duration_seconds_count").map((line) =>
      /command_name="(.*?)",(?:error_type="(.*?)",)?outcome="(.*?)"\} (\d+)$/.exec(line)?.slice(1).join(" "),
    );
    const codes = [11, 12, 13, 14, 15, 16, 17, 18, 21, 22, 23, 31, 33];
    // The shell of a pipeline fails with the exit code of the failed part, by the options that zx sets.
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

test("on request, each execution is an event of the running Tachymeter", async () => {
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

test("child processes are not measured if disabled", async () => {
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
