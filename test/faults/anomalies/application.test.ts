// Real faults of a real application in real time: the alert of each names the cause among the first three series.
import { beforeAll, test } from "vitest";
import { controlGroup } from "../../alerts/monitors/surroundings.ts";
import { expectCause, MEAN_DURATION, startShop } from "../../anomalies/application/real-shop.ts";
import { packedProject } from "../../kit/packed-project.ts";

beforeAll(packedProject);

const BASELINE_SECONDS = 60;

test("the alert about growing memory names the sessions that do not expire", async () => {
  const alert = "process_memory_usage_bytes > 4e8";
  const shop = await startShop({ alert, baselineSeconds: BASELINE_SECONDS });
  shop.leak();
  await expectCause(shop, /^sessions_active\{.*\} up$/);
});

test("the alert about slow orders names the service that became slow", async () => {
  const shop = await startShop({ alert: `${MEAN_DURATION} > 0.7`, baselineSeconds: BASELINE_SECONDS });
  shop.slowBilling(1_500);
  const port = `server_port="${shop.billingPort}"`;
  await expectCause(shop, new RegExp(`^http_client_request_duration_seconds\\{.*${port}.*\\} up$`));
});

test("the alert about slow orders names the processor time that a neighbour in the container takes", async (context) => {
  const shop = await startShop({
    // An order takes 0.04 s, then 0.2 s: the time before its connection is accepted does not count.
    alert: `${MEAN_DURATION} > 0.12`,
    baselineSeconds: BASELINE_SECONDS,
    // The shop needs 0.6 to 0.8 processors, and for moments two of its threads work at once. Alone it reaches the limit hardly ever;
    // beside three others it has a quarter of it. The largest weight: if other work on the machine keeps the group from its limit,
    // that work is the cause, and nothing is throttled.
    orderMillis: 30,
    group: controlGroup(context, { cpus: 1.7, weight: 10_000 }),
  });
  shop.burn();
  await expectCause(shop, /^container_cpu_throttled_\w+\{.*\} up$/);
});
