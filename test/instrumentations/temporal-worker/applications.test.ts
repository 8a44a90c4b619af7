import { expect, onTestFinished, test } from "vitest";
import { startTemporal } from "../../servers/small-temporal.ts";
import { samples, scrapeOf, starts } from "../applications.ts";

const folder = import.meta.dirname;

test.each(starts())(
  "the worker of %s on @temporalio/worker, started with %s, is measured",
  async (_, flag, program) => {
    const server = await startTemporal();
    onTestFinished(() => server.stop());
    const name = "temporal_activity_execution_latency_seconds_count";
    const env = { TEMPORAL_ADDRESS: server.address };
    const text = await scrapeOf({ folder, program, flag, env, awaited: name });
    const ofActivity = 'activity_type="charge",namespace="default",task_queue="orders",workflow_type="order"';
    expect(samples(text, name)).toEqual([`${name}{${ofActivity}} 1`]);
    const requests = samples(text, "temporal_request_total");
    expect(requests.find((line) => line.includes("RespondActivityTaskCompleted"))).toMatch(/ 1$/);
  },
);
