// Instruments that are not part of a facade. Defined once, so that each has one name, unit and description
// everywhere.
import type {
  Counter,
  Gauge,
  Histogram,
  Meter,
  ObservableGauge,
  ObservableUpDownCounter,
} from "@opentelemetry/api";

const BOUNDARIES_SECONDS = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];
const CONNECTION_BOUNDARIES_SECONDS = [0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30, 60, 300, 600, 1_800, 3_600];
const BOUNDARIES_BYTES = [0, 256, 1_024, 4_096, 16_384, 65_536, 262_144, 1_048_576, 4_194_304, 16_777_216];
// Boundaries recommended by OpenTelemetry's conventions for the Model Context Protocol.
const MCP_BOUNDARIES_SECONDS = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60, 120, 300];
// Boundaries recommended by OpenTelemetry's conventions for databases.
const DATABASE_BOUNDARIES_SECONDS = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10];

const COUNTERS = {
  "circuit_breaker.calls": ["{call}", "Calls through a circuit breaker, by how they ended"],
  "coordination.leases.lost": [
    "{lease}",
    "Leases and locks that ran out, or could not be extended, while they were held",
  ],
  "coordination.lock.contentions": ["{contention}", "Attempts to get a lock that did not get it at once"],
  "coordination.lock.failures": ["{failure}", "Attempts to get a lock that were given up"],
  "coordination.node.exits": ["{exit}", "Nodes that ended, on request or by themselves"],
  "coordination.rebalances": ["{rebalance}", "Rebalances of the work in a group"],
  "db.client.connection.timeouts": [
    "{timeout}",
    "Connection timeouts that have occurred trying to obtain a connection from the pool.",
  ],
  "graphql.document.failures": ["{document}", "GraphQL documents that could not be parsed or are invalid"],
  "http.client.requests": [
    "{request}",
    "HTTP requests made by the application, counted when the response begins or fails",
  ],
  "http.server.requests": [
    "{request}",
    "HTTP requests served, including those whose client disconnected before the response",
  ],
  "kernel.pool.tasks": ["{task}", "Tasks of the pool that have ended"],
  "message.client.reconnects": [
    "{reconnect}",
    "Connections to the broker that were made again after they had been lost",
  ],
  "messages.retried": [
    "{message}",
    "Messages whose processing had failed and that are to be processed once more",
  ],
  "prom_client.collect.failures": [
    "{failure}",
    "Readings of prom-client's metrics that failed or took too long",
  ],
  "rpc.client.call.retries": [
    "{retry}",
    "Attempts of calls after the first, which the client makes by itself",
  ],
  "rpc.client.call.throttles": [
    "{attempt}",
    "Attempts of calls that a service refused because of their rate",
  ],
} as const;

const HISTOGRAMS = {
  "circuit_breaker.call.duration": "Time that calls through a circuit breaker took, up to its timeout",
  "coordination.election.duration": "Time from the start of a candidacy until it was elected",
  "db.client.connection.create_time": "The time it took to create a new connection.",
  "db.client.connection.use_time": "The time between borrowing a connection and returning it to the pool.",
  "db.client.connection.wait_time": "The time it took to obtain an open connection from the pool.",
  "db.client.operation.duration": "Duration of database client operations.",
  "dns.lookup.duration": "Measures the time taken to perform a DNS lookup.",
  "graphql.operation.duration": "Duration of GraphQL operations, without parsing and validation.",
  "http.client.connection.duration":
    "The duration of the successfully established outbound HTTP connections.",
  "http.client.request.duration": "Duration of HTTP client requests.",
  "http.server.request.duration": "Duration of HTTP server requests.",
  "kernel.task.duration": "Duration of tasks, including the wait for a worker",
  "kernel.task.run.duration":
    "Time that a worker of the pool took for a task, from its hand-over to its result",
  "kernel.task.wait.duration": "Time that tasks waited for a worker of the pool",
  "lightship.shutdown.handler.duration": "Duration of shutdown handlers of lightship",
  "mcp.client.operation.duration": "Time from the request or notification to its response or its sending.",
  "mcp.client.session.duration":
    "Duration of a session of the Model Context Protocol, as its client sees it.",
  "mcp.server.operation.duration": "Time from the receipt of a request to its response.",
  "mcp.server.session.duration":
    "Duration of a session of the Model Context Protocol, as its server sees it.",
  "messaging.client.operation.duration":
    "Duration of messaging operation initiated by a producer or consumer client.",
  "message.wait.duration": "Time that messages waited in the queue before their processing began",
  "rpc.client.call.duration": "Measures the duration of an outgoing Remote Procedure Call (RPC).",
  "rpc.server.call.duration": "Measures the duration of an incoming Remote Procedure Call (RPC).",
} as const;

const SIZES = {
  "http.client.request.body.size": "Size of HTTP client request bodies.",
  "http.client.response.body.size": "Size of HTTP client response bodies.",
  "http.server.request.body.size": "Size of HTTP server request bodies.",
  "http.server.response.body.size": "Size of HTTP server response bodies.",
} as const;

const OBSERVABLE_GAUGES = {
  "bullmq.queue.jobs": ["{job}", "Jobs of a queue by state."],
  "commands.running": ["{command}", "Running child processes that were started asynchronously"],
  "kernel.pool.queue.size": ["{task}", "Tasks that wait for a worker of the pool"],
  "kernel.pool.utilization": [
    "",
    "Running tasks, as a share of the maximum that the pool runs at the same time",
  ],
  "kernel.pool.workers": ["{worker}", "Workers of the pool"],
  "message.connections": ["{connection}", "Open connections that carry messages"],
} as const;

const OBSERVABLE_UP_DOWN_COUNTERS = {
  "db.client.connection.count": ["{connection}", "Connections of a pool, by state."],
  "db.client.connection.idle.max": ["{connection}", "Maximum number of idle connections of a pool."],
  "db.client.connection.idle.min": [
    "{connection}",
    "Minimum number of connections of a pool that stay open while they are idle.",
  ],
  "db.client.connection.limit": ["{connection}", "Maximum number of connections of a pool."],
  "db.client.connection.pending_requests": ["{request}", "Requests that wait for a connection of a pool."],
  "http.client.active_requests": [
    "{request}",
    "HTTP requests made by the application that wait for a response",
  ],
  "http.client.open_connections": ["{connection}", "Open HTTP connections of the application, by state."],
  "http.client.pending_requests": [
    "{request}",
    "HTTP requests made by the application that wait for a connection.",
  ],
  "http.server.active_requests": ["{request}", "HTTP requests received whose response has not ended"],
  "lightship.beacons": ["{beacon}", "Beacons of lightship that hold up the end of the process"],
  "messages.in_flight": ["{message}", "Messages received that are neither acknowledged nor refused yet"],
} as const;

export function counter(meter: Meter, name: keyof typeof COUNTERS): Counter {
  const [unit, description] = COUNTERS[name];
  return meter.createCounter(name, { unit, description });
}

/** Creates a histogram of seconds. */
export function histogram(meter: Meter, name: keyof typeof HISTOGRAMS): Histogram {
  return meter.createHistogram(name, {
    unit: "s",
    description: HISTOGRAMS[name],
    advice: { explicitBucketBoundaries: boundariesOf(name) },
  });
}

function boundariesOf(name: string): number[] {
  if (name === "http.client.connection.duration") return CONNECTION_BOUNDARIES_SECONDS;
  if (name.startsWith("mcp.")) return MCP_BOUNDARIES_SECONDS;
  return name.startsWith("db.") ? DATABASE_BOUNDARIES_SECONDS : BOUNDARIES_SECONDS;
}

/** Creates a histogram of bytes. */
export function sizeHistogram(meter: Meter, name: keyof typeof SIZES): Histogram {
  return meter.createHistogram(name, {
    unit: "By",
    description: SIZES[name],
    advice: { explicitBucketBoundaries: BOUNDARIES_BYTES },
  });
}

export function observableGauge(meter: Meter, name: keyof typeof OBSERVABLE_GAUGES): ObservableGauge {
  const [unit, description] = OBSERVABLE_GAUGES[name];
  return meter.createObservableGauge(name, { unit, description });
}

export function observableUpDownCounter(
  meter: Meter,
  name: keyof typeof OBSERVABLE_UP_DOWN_COUNTERS,
): ObservableUpDownCounter {
  const [unit, description] = OBSERVABLE_UP_DOWN_COUNTERS[name];
  return meter.createObservableUpDownCounter(name, { unit, description });
}

/** Creates the gauge `coordination.is_leader`, by `coordination.election.name`. */
export function leadershipGauge(meter: Meter): Gauge {
  return meter.createGauge("coordination.is_leader", {
    description: "Whether this process leads: 1 while it does, 0 afterwards",
  });
}

/** Creates the gauge `message.last_processed.time`, by destination. */
export function lastProcessedGauge(meter: Meter): Gauge {
  return meter.createGauge("message.last_processed.time", {
    unit: "s",
    description: "Time at which the latest processing ended, since the epoch",
  });
}
