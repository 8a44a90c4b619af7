import { expect, test } from "vitest";
import type { Alert } from "../../../src/alerts/alert.ts";
import { firing } from "./alerts-of.ts";
import { deliveryTo, logged } from "./delivery-to.ts";
import { HttpServer } from "./http-server.ts";

test("the likeliest cause is in lines, messages and pages while the alert fires: functions first, then clear changes", async () => {
  const labels = { alertname: "Slow", instance: "a" };
  const series = {
    metric: "pool_waiting",
    labels: {},
    component: "pool",
    strength: 0.9,
    factor: 8,
    leadSeconds: 20,
  };
  const cause = `pool_waiting{pool="main\u001b"} up ×8, 20 s earlier`;
  const correlated = `${cause}\nevent deploy, 1 min earlier`;
  const changed: Alert = {
    ...firing(labels, 1_700_000_000, { summary: "orders are slow", correlated }),
    correlated: [{ ...series, direction: "up", isWeak: false }],
  };
  const weak: Alert = { ...changed, correlated: [{ ...series, direction: "up", isWeak: true }] };
  const blocked = {
    ...changed,
    annotations: { ...changed.annotations, blocked_by: `${"f".repeat(400)} 2 s` },
  };
  const lines = logged();
  for (const alert of [changed, weak, blocked]) await deliveryTo({ type: "log" }).send([alert]);
  const shown = cause.replace("\u001b", "\\u001b");
  const head = 'alert firing: Slow {instance="a"}: orders are slow (value 1)';
  expect(lines.filter((line) => line.includes("Slow"))).toEqual([
    `${head}; likeliest cause: ${shown}`,
    head,
    `${head}; likeliest cause: blocked by ${"f".repeat(288)}…`,
  ]);
  const server = await HttpServer.start();
  await deliveryTo({ type: "slack", url: server.url("/services/T0/B0/x") }).send([changed]);
  const url = server.url("/v2/enqueue");
  await deliveryTo({ type: "pagerduty", routingKey: "0123456789abcdef0123456789abcdef", url }).send([
    changed,
  ]);
  const [slack, page] = server.requests.map(({ json }) => JSON.stringify(json));
  expect(slack).toContain("orders are slow\\nLikeliest cause: pool_waiting");
  expect(slack).toContain('"title_link":"https://app.example/#/alerts"');
  expect(page).toContain("orders are slow; likeliest cause: pool_waiting");
});

test("a comparison that found nothing is not in a message", async () => {
  const correlated = "not enough data to compare";
  const alert: Alert = {
    ...firing({ alertname: "Slow" }, 1_700_000_000, { summary: "orders are slow", correlated }),
    correlated: [],
  };
  const server = await HttpServer.start();
  await deliveryTo({ type: "slack", url: server.url("/services/T0/B0/x") }).send([alert]);
  const [slack] = server.requests.map(({ json }) => JSON.stringify(json));
  expect(slack).toContain("orders are slow");
  expect(slack).not.toContain("not enough data");
});
