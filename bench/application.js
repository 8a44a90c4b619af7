// Use of a contender before its measurement. Applications have more than one instrument, and V8 optimizes a library
// of which only one line is ever run better than in any application.
import { prometheus } from "./baselines.js";
import { BOUNDARIES } from "./contenders.js";

const ROUNDS = 5000;
const routes = ["/", "/login", "/cart", "/orders", "/search", "/help"];
const methods = ["GET", "POST"];

/** Uses instruments of all kinds, with and without attributes, for about a tenth of a second. */
export async function useAsApplication(sdk) {
  const requests = sdk.meter.createCounter("app.requests");
  const errors = sdk.meter.createCounter("app.errors");
  const time = sdk.meter.createCounter("app.time", { unit: "s" });
  const active = sdk.meter.createUpDownCounter("app.active");
  const duration = sdk.meter.createHistogram("app.duration", { unit: "ms" });
  const size = sdk.meter.createHistogram("app.size");
  const load = sdk.meter.createGauge("app.load");
  // Upstream's instruments cannot be bound.
  const [boundTime, boundSize, boundLoad] = [time, size, load].map(
    (each) => each.bind?.({ route: "/" }) ?? each,
  );
  for (let i = 0; i < ROUNDS; i++) {
    const route = routes[i % routes.length];
    const method = methods[i % methods.length];
    const failed = i % 7 === 0;
    active.add(1);
    requests.add(1, { method, route, status: failed ? 500 : 200 });
    if (failed) errors.add(1, { "error.type": "timeout" });
    time.add(i / 1000);
    boundTime.add(i / 1000);
    duration.record(i / 10, { method, route });
    size.record(i);
    boundSize.record(i);
    boundLoad.record(i / 3);
    load.record(i / 3, { host: "shop-1", zone: "b" });
    active.add(-1);
  }
  await sdk.reader.collect();
}

/** The same with `prom-client`. */
export async function usePrometheusAsApplication() {
  const registers = [];
  const help = "app";
  const labels = ["method", "route"];
  const requests = new prometheus.Counter({ name: "r", help, labelNames: [...labels, "status"], registers });
  const errors = new prometheus.Counter({ name: "e", help, labelNames: ["error_type"], registers });
  const time = new prometheus.Counter({ name: "t", help, registers });
  const active = new prometheus.Gauge({ name: "a", help, registers });
  const duration = new prometheus.Histogram({
    name: "d",
    help,
    labelNames: labels,
    buckets: BOUNDARIES,
    registers,
  });
  const size = new prometheus.Histogram({ name: "s", help, buckets: BOUNDARIES, registers });
  const load = new prometheus.Gauge({ name: "l", help, labelNames: ["host", "zone"], registers });
  for (let i = 0; i < ROUNDS; i++) {
    const route = routes[i % routes.length];
    const method = methods[i % methods.length];
    const failed = i % 7 === 0;
    active.inc();
    requests.inc({ method, route, status: failed ? 500 : 200 });
    if (failed) errors.inc({ error_type: "timeout" });
    time.inc(i / 1000);
    duration.observe({ method, route }, i / 10);
    size.observe(i);
    load.set({ host: "shop-1", zone: "b" }, i / 3);
    active.dec();
  }
  for (const metric of [requests, errors, time, active, duration, size, load]) await metric.get();
}
