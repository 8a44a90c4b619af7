import { createRequire } from "node:module";
import { Health } from "../../../src/facades/health/index.ts";
import { beforeEach, expect, test } from "vitest";
import { grpcHealthCheck as instrumented } from "../../../instrumentations/grpc-health-check/index.ts";
import { begin } from "../../../instrumentations/grpc-health-check/instrumentation.ts";
import { instrumentationOf } from "../instrumentation-of.ts";
import { measured } from "../measured.ts";
import { restarted } from "../restarted.ts";

const instrumentation = instrumentationOf(instrumented, begin, {});
const require = createRequire(import.meta.url);
// Required after the instrumentation is enabled.
const { HealthImplementation }: typeof import("grpc-health-check") = require("grpc-health-check");
const { Server }: typeof import("@grpc/grpc-js") = require("@grpc/grpc-js");
instrumentation.disable();
const methods = ["setStatus", "addToServer"] as const;
const untouched = methods.map((name) => Reflect.get(HealthImplementation.prototype, name));

const collecting = measured(instrumentation);
let health: Health;

beforeEach(() => {
  health = new Health({ meterProvider: collecting.provider });
  instrumentation.setConfig({ health });
});

function shown(component: string): Promise<unknown> {
  return collecting.point("health.component.status", { "health.component": component });
}

test("services are components once a server uses their status", async () => {
  const services = new HealthImplementation({ "": "SERVING", "shop.v1.Cart": "NOT_SERVING", new: "UNKNOWN" });
  expect(await collecting.points("health.component.status")).toEqual([]);
  services.addToServer(new Server());
  expect(await shown("grpc")).toBe(1);
  expect(await shown("shop.v1.Cart")).toBe(3);
  expect(await shown("new")).toBe(0);
  expect(health.report()).toMatchObject({
    status: "degraded",
    components: { "shop.v1.Cart": { reason: "not serving", critical: false } },
  });
});

test("a service's component has the latest status", async () => {
  const services = new HealthImplementation();
  services.setStatus("", "SERVING");
  expect(await shown("grpc")).toBe(1);
  services.setStatus("", "NOT_SERVING");
  expect(await shown("grpc")).toBe(3);
});

test("an invalid status is left to the library", async () => {
  const { components } = health.report();
  const services = new HealthImplementation();
  Reflect.apply(services.setStatus.bind(services), undefined, ["shop", "BUSY"]);
  Reflect.apply(services.setStatus.bind(services), undefined, []);
  expect(health.report().components).toEqual(components);
});

test("services may be critical, and may be renamed", () => {
  instrumentation.setConfig({
    health,
    critical: true,
    name: (service: string) => service.split(".")[0] ?? "",
  });
  new HealthImplementation().setStatus("shop.v1.Cart", "NOT_SERVING");
  expect(health.report()).toMatchObject({ status: "unhealthy", components: { shop: { critical: true } } });
});

test("disabling restores the original functions", async () => {
  const { components } = health.report();
  instrumentation.disable();
  expect(methods.map((name) => Reflect.get(HealthImplementation.prototype, name))).toEqual(untouched);
  new HealthImplementation().setStatus("other", "SERVING");
  expect(health.report().components).toEqual(components);
});

test("after a restart, services have their latest status", async () => {
  const services = new HealthImplementation({ "after.Restart": "SERVING" });
  services.addToServer(new Server());
  instrumentation.disable();
  services.setStatus("after.Restart", "NOT_SERVING");
  const where = { "health.component": "after.Restart" };
  const expectGauges = restarted(instrumentation, instrumented, begin, {}, where);
  await expectGauges({ "health.component.status": 3 });
  services.setStatus("after.Restart", "SERVING");
  await expectGauges({ "health.component.status": 1 });
});
