// The bridge and events of a running Tachymeter in real processes.
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { application, packedProject } from "../../kit/packed-project.ts";
import { complaintsOf, outputOf, type RunningProcess, runNode } from "../../kit/process.ts";
import { all, reading } from "./bridges.ts";
import { newFolder } from "../../kit/new-folder.ts";

beforeAll(packedProject);

async function run(program: string, path: string): Promise<RunningProcess> {
  return runNode({
    cwd: await application({ "app.mjs": program }),
    args: ["app.mjs"],
    env: { STORE: path },
  });
}

const started = `
  import { start } from "tachymeter";
  const telemetry = start({ readers: [], host: false, runtime: false, instrumentations: {}, history: { path: process.env.STORE } });
  await telemetry.ready;`;

async function eventsIn(path: string): Promise<readonly unknown[]> {
  return (await all((await reading(path)).events())).map(({ data }) => data);
}

test("data with a successful response survives kill -9, and a program waits for its responses", async () => {
  const path = join(newFolder("bridge"), "telemetry.db");
  const child = await run(
    `
    import { BridgeTelemetry } from "tachymeter/history";
    const telemetry = new BridgeTelemetry({ storage_config: { connection_string: process.env.STORE } });
    for (let count = 1; ; count++) {
      const answers = await Promise.all([
        telemetry.recordEvent({ event_type: "tick", source: "app", data: count }),
        telemetry.recordMetric("ticks", count),
      ]);
      if (answers.every(({ status }) => status === "success")) console.log("acknowledged " + count + ";");
      else console.log(JSON.stringify(answers));
    }`,
    path,
  );
  await child.waitForOutput(/acknowledged 20;/);
  child.kill("SIGKILL");
  await child.exit;
  const acknowledged = Number([...child.stdout.matchAll(/acknowledged (\d+);/g)].at(-1)?.[1]);
  const numbers = Array.from({ length: acknowledged }, (_, i) => i + 1);
  expect((await eventsIn(path)).slice(0, acknowledged)).toEqual(numbers);
  const { series } = await (await reading(path)).query({ metric: "ticks" });
  expect(series[0]?.points.map(([, value]) => value).slice(0, acknowledged)).toEqual(numbers);
});

test("a program exits after its responses, although the store is still open", async () => {
  const path = join(newFolder("bridge"), "telemetry.db");
  const child = await run(
    `
    import { BridgeTelemetry } from "tachymeter/history";
    const telemetry = new BridgeTelemetry({ storage_config: { connection_string: process.env.STORE } });
    console.log((await telemetry.recordEvent({ event_type: "tick", source: "app", data: 1 })).status);`,
    path,
  );
  expect(await outputOf(child)).toBe("success\n");
  expect(await eventsIn(path)).toEqual([1]);
});

test.each([
  ["by itself", ""],
  ["by process.exit()", "process.exit();"],
  ["by process.exit() a moment later", "setTimeout(() => process.exit(), 20);"],
  ["by a signal", `process.kill(process.pid, "SIGTERM"); setInterval(() => {}, 1000);`],
])("all events of a program that ends %s are stored", async (_, end) => {
  const path = join(newFolder("bridge"), "telemetry.db");
  const child = await run(
    `${started}
    for (let count = 0; count < 50; count++)
      telemetry.events.record({ event_type: "tick", source: "app", data: count });
    ${end}`,
    path,
  );
  await child.exit;
  expect(complaintsOf(child)).toBe("");
  expect(await eventsIn(path)).toEqual(Array.from({ length: 50 }, (__, i) => i));
});

test("the bridge without a connection shares the running history with the collections", async () => {
  const path = join(newFolder("bridge"), "telemetry.db");
  const child = await run(
    `${started}
    import { BridgeTelemetry } from "tachymeter/history";
    const bridge = new BridgeTelemetry();
    telemetry.messaging.sent("jobs", 3);
    await bridge.recordMetric("depth", 4);
    await telemetry.forceFlush();
    telemetry.messaging.sent("jobs", 2);
    await telemetry.forceFlush();
    const { metrics } = await bridge.getMetrics(["messages.sent", "depth"], undefined, "SUM");
    console.log(JSON.stringify(Object.entries(metrics).map(([name, { value }]) => [name, value])));
    console.log((await bridge.healthCheck()).status);
    await telemetry.shutdown();`,
    path,
  );
  expect(await outputOf(child)).toBe('[["messages.sent",5],["depth",4]]\nhealthy\n');
});
