// Real faults of a real HTTP server, with the default parameters. The clock of its process runs 60 times as fast.
import { beforeAll, test } from "vitest";
import { packedProject } from "../../kit/packed-project.ts";
import { isLong } from "../../kit/test-length.ts";
import { CATALOGUE } from "../../../src/alerts/monitors/catalogue.ts";
import { expectFires, expectFiring, expectResolves, startFaulty } from "./fault-kit.ts";
import { fastClock } from "./surroundings.ts";

beforeAll(packedProject);

test("failing responses use up the error budget; a missing metric, too, is reported", async (context) => {
  const others = [...CATALOGUE.values()].flat().filter(({ name }) => name !== "httpErrorBudget");
  const total = "http_server_request_duration_seconds_count";
  const slo = [{ name: "shop", objective: 0.999, good: `${total}{http_response_status_code="200"}`, total }];
  const running = await startFaulty({
    fault: "failingServer",
    env: fastClock(context, 60),
    options: {
      live: { resolution: 15 },
      alerts: { interval: 15, slo, monitors: Object.fromEntries(others.map(({ name }) => [name, false])) },
    },
  });
  const missing = [{ name: "SloMetricMissing", cause: "The metric of objective shop is missing" }];
  await expectFiring(running, missing);
  // The slower alerts resolve after half an hour: half a minute.
  const burning = (isLong ? ["1h", "6h"] : ["1h"]).flatMap((long) => [
    { name: "HttpErrorBudget", labels: { long }, cause: "Objective http allows 0.1 % errors" },
    { name: "ErrorBudgetBurning", labels: { long }, cause: "Objective shop allows 0.1 % errors" },
  ]);
  await expectFires(running, burning);
  await expectResolves(running, [...missing, ...burning]);
});
