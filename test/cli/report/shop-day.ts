// Six hours of a shop with an incident: its payments fail and are slow, an alert fires, then all is well again.
import { join } from "node:path";
import { Commands, Health, Kernels, Messaging } from "tachymeter/facades";
import type { MeterProvider } from "tachymeter/metrics";
import { TelemetryCollector } from "../../../src/collector/index.ts";
import { fillHistory } from "../../history/filled-history.ts";
import { newFolder } from "../../kit/new-folder.ts";

/** Start and end of the recording, in seconds since the epoch. */
export const START = Date.parse("2026-11-20T06:00:00Z") / 1_000;
export const END = START + 6 * 3_600;

/** A history file with a collection a minute. */
export async function shopDay(): Promise<string> {
  const path = join(newFolder("shop-day"), "shop.db");
  await fillHistory({ path, from: START, to: END, interval: 60, record: shop });
  return path;
}

function shop(meterProvider: MeterProvider): (time: number) => void {
  const meter = meterProvider.getMeter("shop");
  const [commands, messaging, health, kernels] = [
    new Commands({ meterProvider }),
    new Messaging({ meterProvider, system: "rabbitmq" }),
    new Health({ meterProvider }),
    new Kernels({ meterProvider }),
  ];
  const weights = new TelemetryCollector({ meterProvider }).registerHistogram(
    "orders_weight_grams",
    "Weight",
    {
      buckets: [100, 500, 1_000, 5_000],
    },
  );
  const boundaries = { advice: { explicitBucketBoundaries: [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5] } };
  const served = meter.createHistogram("http.server.request.duration", { unit: "s", ...boundaries });
  const delay = meter.createHistogram("nodejs.eventloop.delay", { unit: "s", ...boundaries });
  const cpu = meter.createCounter("process.cpu.time", { unit: "s" });
  const memory = meter.createUpDownCounter("process.memory.usage", { unit: "By" });
  const heap = meter.createUpDownCounter("v8js.memory.heap.used", { unit: "By" });
  const disk = meter.createGauge("system.filesystem.utilization", { unit: "1" });
  let isFiring = false;
  meter.createObservableGauge("ALERTS").addCallback((result) => {
    if (isFiring) result.observe(1, { alertname: "HttpErrors", alertstate: "firing", severity: "critical" });
  });
  const orders = meter.createCounter("orders", { unit: "{order}" });
  for (const id of ["resize-1", "resize-2"]) {
    kernels.launch(id);
    kernels.activate(id);
  }
  let random = 1;
  const next = (): number => (random = (random * 16_807) % 2_147_483_647) / 2_147_483_647;
  return (time) => {
    const hour = (time - START) / 3_600;
    const isBad = hour > 3.2 && hour < 4;
    const load = Math.round(40 + 25 * Math.sin(hour) + 6 * next());
    for (let i = 0; i < load; i++) {
      const isPay = i % 4 === 0;
      const isFailed = isBad && isPay && next() < 0.6;
      const code = isFailed ? 500 : next() < 0.02 ? 404 : 200;
      const seconds = 0.02 + 0.05 * next() + (isPay ? 0.08 : 0) + (isBad && isPay ? 0.7 * next() : 0);
      const route = isPay ? "/pay" : i % 4 === 1 ? "/cart" : "/articles/:id";
      served.record(seconds, { "http.route": route, "http.response.status_code": code });
      if (isPay) commands.recordExecution(!isFailed, seconds, "charge-card");
    }
    orders.add(load >> 3, { region: hour % 2 < 1 ? "eu" : "nz" });
    weights.observe(200 + 900 * next());
    messaging.sent("invoices", load >> 2);
    messaging.received("invoices", load >> 2);
    messaging.processed("invoices", 0.1 * next());
    messaging.queueSize("invoices", isBad ? Math.round((hour - 3.2) * 400) : 4);
    health.set("payments", isBad ? (hour < 3.4 ? "degraded" : "unhealthy") : "healthy");
    health.set("database", "healthy");
    kernels.recordProcessed("resize-1", 0.1);
    if (isBad) kernels.deactivate("resize-2");
    else kernels.activate("resize-2");
    for (let i = 0; i < 20; i++) delay.record(0.009 + 0.01 * next() * (isBad ? 6 : 1));
    cpu.add(12 + 10 * next() + (isBad ? 15 : 0), { "cpu.mode": "user" });
    memory.add(hour === 0 ? 180e6 : 60_000 * next());
    heap.add(hour === 0 ? 80e6 : 2e6 * (next() - 0.48));
    disk.record(0.7 + hour * 0.02 + 0.002 * next(), {
      "system.filesystem.mountpoint": "/",
      "system.filesystem.mode": "rw",
    });
    isFiring = isBad && hour > 3.3;
  };
}
