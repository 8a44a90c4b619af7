// An application that records every metric of the catalogue of panels: by the facades, and as the instrumentations do.
import type { GenAi } from "tachymeter/facades";
import { onTestFinished } from "vitest";
import { type Served, served } from "../../query/http/served.ts";

/** A metric of an instrumentation, or of a part that the application does not have; its value is 1 to 3. */
interface Recorded {
  readonly name: string;
  readonly kind: "counter" | "gauge" | "histogram";
  readonly unit: string;
  readonly sets: readonly Readonly<Record<string, string>>[];
}

const GPU = { "hw.id": "0000:03:00.0", "hw.name": "a GPU" };

/** The metrics that no facade records. Their names and attributes are in the documentation. */
export const RECORDED: readonly Recorded[] = [
  ...["http.server.request.duration", "http.client.request.duration"].map((name): Recorded => ({
    name,
    kind: "histogram",
    unit: "s",
    sets: [
      { "http.route": "/orders", "server.address": "shop", "http.response.status_code": "200" },
      { "http.route": "/pay", "server.address": "bank", "http.response.status_code": "500" },
    ],
  })),
  {
    name: "nodejs.eventloop.blocked.duration",
    kind: "counter",
    unit: "s",
    sets: [{ "code.function.name": "parse", "code.file.path": "app.js", "code.line.number": "7" }],
  },
  {
    name: "db.client.operation.duration",
    kind: "histogram",
    unit: "s",
    sets: [{ "db.system.name": "postgresql" }, { "db.system.name": "redis", "error.type": "READONLY" }],
  },
  {
    name: "db.client.connection.count",
    kind: "gauge",
    unit: "{connection}",
    sets: [{ "db.client.connection.pool.name": "shop", "db.client.connection.state": "used" }],
  },
  {
    name: "db.client.connection.pending_requests",
    kind: "gauge",
    unit: "{request}",
    sets: [{ "db.client.connection.pool.name": "shop" }],
  },
  {
    name: "mcp.server.operation.duration",
    kind: "histogram",
    unit: "s",
    sets: [{ "gen_ai.tool.name": "search" }, { "gen_ai.tool.name": "search", "error.type": "tool_error" }],
  },
  {
    name: "messages.retried",
    kind: "counter",
    unit: "{message}",
    sets: [{ "messaging.destination.name": "orders" }],
  },
  {
    name: "messages.in_flight",
    kind: "gauge",
    unit: "{message}",
    sets: [{ "messaging.destination.name": "orders" }],
  },
  {
    name: "coordination.is_leader",
    kind: "gauge",
    unit: "",
    sets: [{ "coordination.election.name": "cleaner" }],
  },
  { name: "kernel.utilization", kind: "gauge", unit: "", sets: [{ "kernel.id": "worker-2" }] },
  { name: "kernel.pool.utilization", kind: "gauge", unit: "", sets: [{ "kernel.pool.name": "resize" }] },
  { name: "kernel.pool.queue.size", kind: "gauge", unit: "{task}", sets: [{ "kernel.pool.name": "resize" }] },
  { name: "container.cpu.periods", kind: "counter", unit: "{period}", sets: [{}] },
  { name: "container.cpu.throttled.periods", kind: "counter", unit: "{period}", sets: [{}] },
  { name: "container.memory.limit", kind: "gauge", unit: "By", sets: [{}] },
  { name: "v8js.memory.heap.retained", kind: "gauge", unit: "By", sets: [{}] },
  { name: "hw.gpu.utilization", kind: "gauge", unit: "1", sets: [{ ...GPU, "hw.gpu.task": "general" }] },
  { name: "hw.gpu.memory.utilization", kind: "gauge", unit: "1", sets: [GPU] },
  { name: "hw.temperature", kind: "gauge", unit: "Cel", sets: [{ ...GPU, "hw.sensor_location": "gpu" }] },
  { name: "hw.power", kind: "gauge", unit: "W", sets: [{ ...GPU, "hw.type": "gpu" }] },
  { name: "telemetry.events.dropped", kind: "counter", unit: "{event}", sets: [{ reason: "invalid" }] },
  { name: "telemetry.outbox.age", kind: "gauge", unit: "s", sets: [{}] },
  { name: "telemetry.group.members", kind: "gauge", unit: "{member}", sets: [{}] },
  {
    name: "anomaly.score",
    kind: "gauge",
    unit: "",
    sets: [{ "anomaly.metric": "orders", "anomaly.kind": "value" }],
  },
  {
    name: "anomaly.active",
    kind: "gauge",
    unit: "",
    sets: [{ "anomaly.metric": "orders", "anomaly.kind": "value" }],
  },
];

const WORK_MILLIS = 200;

/** Starts the application with Prometheus' HTTP API. It works until the test ends. */
export async function busyApplication(): Promise<Served> {
  const running = await served({
    api: true,
    host: true,
    runtime: true,
    hooks: { kernels: true },
    facades: { genAi: { prices: { "gpt-5": { input: 1, output: 2 } } } },
    live: { resolution: 1 },
  });
  const { telemetry, url } = running;
  const { messaging, coordination, health, kernels, commands, network, genAi } = telemetry;
  coordination.join("node-1");
  for (const [kernel, queue] of [
    ["worker-1", "input"],
    ["worker-2", "output"],
  ] as const) {
    kernels.launch(kernel);
    kernels.activate(kernel);
    kernels.queueSize(kernel, queue, 3);
  }
  messaging.queueSize("orders", 5);
  network.watchPool("shop", () => ({ size: 5, idle: 2, waiting: 1 }));
  const recordAll = recorder(telemetry.meterProvider.getMeter("libraries"));
  let turn = 0;
  const work = (): void => {
    turn++;
    recordAll();
    messaging.sent("orders");
    messaging.received("orders");
    messaging.processed("orders", 0.02, turn % 3 === 0 ? new Error("refused") : undefined);
    coordination.message("heartbeat", { latency: 0.003 });
    coordination.heartbeat("node-1");
    coordination.leaderChanged(`node-${turn % 2}`);
    coordination.lockAcquired("stock", 0.01);
    health.recordCheck("store", turn % 5 === 0 ? "degraded" : "healthy", 0.01);
    kernels.recordProcessed("worker-1", 0.01);
    kernels.recordError("worker-1", new TypeError("no"));
    commands.recordExecution(turn % 4 > 0, 0.1, "import");
    callModels(genAi, turn);
    // Dropped.
    messaging.sent("orders", -1);
    void network.measureHttpRequest(`${url}/api/v1/status/buildinfo`);
    void network.measureHttpRequest(`${url}/nowhere`);
  };
  work();
  const timer = setInterval(work, WORK_MILLIS);
  onTestFinished(() => clearInterval(timer));
  return running;
}

function callModels(genAi: GenAi, turn: number): void {
  const request = { provider: "openai", requestModel: "gpt-5" };
  const call = genAi.operation({ ...request, isRetry: turn % 3 === 1 });
  if (turn % 3 === 0) return call.failed(Object.assign(new Error("slow down"), { status: 429 }));
  call.chunk();
  const used = { cachedTokens: 20, cacheWriteTokens: 10, reasoningTokens: 5 };
  call.ended({ inputTokens: 100, outputTokens: 20, ...used, finishReason: "stop" });
  genAi.operation({ ...request, operation: "embeddings" }).ended({ inputTokens: 8 });
  genAi.served({ provider: "own" }).ended();
  genAi.agent("buyer", () => genAi.tool("search", () => turn));
}

type Meter = ReturnType<Served["telemetry"]["meterProvider"]["getMeter"]>;

function recorder(meter: Meter): () => void {
  const calls = RECORDED.flatMap(({ name, kind, unit, sets }) => {
    const options = { unit };
    switch (kind) {
      case "counter": {
        const counter = meter.createCounter(name, options);
        return sets.map((set, i) => () => counter.add(i + 1, set));
      }
      case "gauge": {
        const gauge = meter.createGauge(name, options);
        return sets.map((set, i) => () => gauge.record(i + 1, set));
      }
      case "histogram": {
        const histogram = meter.createHistogram(name, options);
        return sets.map((set, i) => () => histogram.record(i + 1, set));
      }
      default:
        return kind satisfies never;
    }
  });
  return () => {
    for (const call of calls) call();
  };
}
