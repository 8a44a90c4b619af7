// Real faults of a real application in real time: the alert of each names the cause among the first three series.
import { beforeAll, expect, test } from "vitest";
import { controlGroup } from "../../alerts/monitors/surroundings.ts";
import { MEAN_DURATION, startShop } from "../../anomalies/application/real-shop.ts";
import { packedProject } from "../../kit/packed-project.ts";

beforeAll(packedProject);

const BASELINE_SECONDS = 60;

test("the alert about growing memory names the sessions that do not expire", async () => {
  const alert = "process_memory_usage_bytes > 4e8";
  const shop = await startShop({ alert, baselineSeconds: BASELINE_SECONDS });
  shop.leak();
  const correlated = await shop.correlated();
  expect(correlated.slice(0, 3)).toContainEqual(expect.stringMatching(/^sessions_active\{.*\} up$/));
});

test("the alert about slow orders names the service that became slow", async () => {
  const shop = await startShop({ alert: `${MEAN_DURATION} > 0.7`, baselineSeconds: BASELINE_SECONDS });
  shop.slowBilling(1_500);
  const cause = `server_port="${shop.billingPort}"`;
  const correlated = await shop.correlated();
  expect(correlated.slice(0, 3)).toContainEqual(
    expect.stringMatching(`^http_client_request_duration_seconds\\{.*${cause}.*\\} up$`),
  );
});

test("the alert about slow orders names the processor time that a neighbour in the container takes", async (context) => {
  const shop = await startShop({
    alert: `${MEAN_DURATION} > 0.3`,
    baselineSeconds: BASELINE_SECONDS,
    // The shop needs 0.6 processors. Alone it never reaches the limit; beside three others it has a quarter of it. The weight
    // keeps other work on the machine from taking what the limit leaves.
    orderMillis: 30,
    group: controlGroup(context, { cpus: 1.5, weight: 1_500 }),
  });
  shop.burn();
  const correlated = await shop.correlated();
  expect(correlated.slice(0, 3)).toContainEqual(
    expect.stringMatching(/^container_cpu_throttled_\w+\{.*\} up$/),
  );
});
