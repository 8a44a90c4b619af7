// A real fault in real time. `npm run test:faults` has a leak and a noisy neighbour, in `test/faults/anomalies`.
import { beforeAll, test } from "vitest";
import { packedProject } from "../../kit/packed-project.ts";
import { expectCause, MEAN_DURATION, startShop } from "./real-shop.ts";

beforeAll(packedProject);

test("the alert about slow orders names the service that became slow", async () => {
  const shop = await startShop({ alert: `${MEAN_DURATION} > 0.7`, baselineSeconds: 20 });
  shop.slowBilling(1_500);
  await expectCause(
    shop,
    new RegExp(`^http_client_request_duration_seconds\\{.*server_port="${shop.billingPort}".*\\} up$`),
  );
});
