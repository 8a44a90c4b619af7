// An application that uses every facade, with 2,000 series in Prometheus' form, and its collections at given times.
import { fromBuild } from "../build.js";

const SERIES = 2_000;
const QUEUES = 10;
const ROUTES = 20;

/** Makes the application of one process. `collect(timeUnixMillis, use)` records a little, and passes the collection to `use`. */
export async function application(instance) {
  const { MeterProvider } = await fromBuild("engine/index.js");
  const { SnapshotReader } = await fromBuild("readers/reader.js");
  const { resourceFromAttributes } = await import("@opentelemetry/resources");
  const { observeHost, observeRuntime } = await fromBuild("host/index.js");
  const reader = new SnapshotReader();
  const resource = resourceFromAttributes({ "service.name": "shop", "service.instance.id": instance });
  const meterProvider = new MeterProvider({ readers: [reader], resource });
  const observed = [observeHost(meterProvider, "all"), observeRuntime(meterProvider)];
  const use = [...(await facadesOf(meterProvider)), ...instrumentsOf(meterProvider.getMeter("shop"))];
  return {
    async collect(timeUnixMillis, take) {
      for (const each of use) each();
      await reader.collected((collection) => take({ ...collection, timeUnixMillis }));
    },
    async end() {
      for (const each of observed) each?.();
      await meterProvider.shutdown();
    },
  };
}

/** Returns functions that use the facades once. */
async function facadesOf(meterProvider) {
  const facades = await fromBuild("facades/index.js");
  const messaging = new facades.Messaging({ meterProvider, system: "bullmq" });
  const coordination = new facades.Coordination({ meterProvider });
  const health = new facades.Health({ meterProvider });
  const network = new facades.Network({ meterProvider });
  const kernels = new facades.Kernels({ meterProvider, enabled: true });
  const commands = new facades.Commands({ meterProvider });
  const custom = new facades.Custom({ meterProvider });
  const app = new facades.Application({ meterProvider });
  const collector = new facades.TelemetryCollector({ meterProvider });
  network.watchPool("database", () => ({ size: 10, idle: 5, waiting: 0 }));
  for (let i = 0; i < 4; i++) kernels.launch(`kernel-${i}`);
  for (const node of ["a", "b"]) coordination.join(node, { lasting: true });
  const orders = collector.registerCounter("shop_orders_total", "Orders", []);
  return [
    () => {
      for (let i = 0; i < QUEUES; i++) {
        messaging.sent(`queue-${i}`);
        messaging.received(`queue-${i}`);
        messaging.process(`queue-${i}`, () => i);
        messaging.queueSize(`queue-${i}`, i);
      }
    },
    () => {
      coordination.message("assign", { latency: 0.01 });
      coordination.leaderChanged("a");
      coordination.lockAcquired("jobs", 0.01);
      coordination.lockReleased("jobs", 0.1);
    },
    () => {
      for (const component of ["database", "cache"]) health.set(component, "healthy", "as usual");
      health.recordCheck("database", "healthy", 0.01);
    },
    () => {
      for (let i = 0; i < 4; i++) {
        kernels.recordReceive(`kernel-${i}`);
        kernels.recordProcessed(`kernel-${i}`, 0.01);
      }
    },
    () => commands.recordExecution(true, 0.1, "backup"),
    () => custom.incrementCounter("clicks"),
    () => app.timer("render").stop?.(),
    () => orders.increment(1),
  ];
}

/** Returns functions that use the application's own instruments once: requests, and counters up to the number of series. */
function instrumentsOf(meter) {
  const duration = meter.createHistogram("http.server.request.duration", { unit: "s" });
  const counter = meter.createCounter("shop.visits");
  // A histogram has 18 series, and the facades and the host have about 600.
  const count = SERIES - 18 * ROUTES - 600;
  return [
    () => {
      for (let i = 0; i < ROUTES; i++)
        duration.record(0.01 * i, {
          "http.request.method": "GET",
          "http.route": `/route-${i}`,
          "http.response.status_code": 200,
        });
    },
    () => {
      for (let i = 0; i < count; i++) counter.add(1 + (i % 7), { visitor: i });
    },
  ];
}
