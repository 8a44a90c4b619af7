import { expect, test } from "vitest";
import { application } from "../../kit/packed-project.ts";
import { outputOf, runNode } from "../../kit/process.ts";
import { samples, scrapeOf, bothLoaders } from "../applications.ts";

const folder = import.meta.dirname;

test.each(bothLoaders())(
  "the workers of %s started with %s are measured in its primary",
  async (_, flag, program) => {
    // Without a group, so that the figures of the workers are not in the scrape.
    const text = await scrapeOf({ folder, program, flag, env: { TACHYMETER_GROUP: "false" } });
    expect(samples(text, "coordination_active_nodes")).toEqual(["coordination_active_nodes{} 1"]);
    expect(samples(text, "coordination_node_exits_total")).toEqual([
      'coordination_node_exits_total{outcome="failure"} 1',
    ]);
    const type = (name: string): string => `{coordination_message_type="${name}"}`;
    expect(samples(text, "coordination_messages_total").toSorted()).toEqual([
      `coordination_messages_total${type("fork")} 2`,
      `coordination_messages_total${type("received")} 2`,
      `coordination_messages_total${type("sent")} 1`,
    ]);
  },
);

test("a worker counts its own side of the messages, and has no nodes", async () => {
  const cwd = await application({
    "app.mjs": `import cluster from "node:cluster";
      import { running } from "tachymeter";
      if (cluster.isPrimary) {
        const worker = cluster.fork();
        worker.on("message", (message) => {
          if (message === "ready") return worker.send("tell");
          console.log(JSON.stringify(message));
          worker.kill();
        });
      } else {
        process.on("message", async () => {
          const { metrics } = await running().snapshot();
          const told = Object.entries(metrics).filter(([key]) => key.startsWith("coordination_"));
          process.send(Object.fromEntries(told.map(([key, { value }]) => [key, value])));
        });
        process.send("ready");
      }`,
  });
  const env = { OTEL_METRICS_EXPORTER: "none" };
  const child = runNode({ cwd, args: ["--import", "tachymeter/register", "app.mjs"], env });
  expect(JSON.parse(await outputOf(child))).toEqual({
    'coordination_messages_total{coordination_message_type="sent"}': 1,
    'coordination_messages_total{coordination_message_type="received"}': 1,
    coordination_active_nodes: 0,
  });
});
