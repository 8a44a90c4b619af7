import { facadeOptions } from "../../options/facades.ts";
import { warnOfLongInterval } from "../../options/long-interval.ts";
import { FacadeMeter, type FacadeOptions } from "../../recording/facade-meter.ts";
import { nameFromGiven } from "../../recording/given-name.ts";
import {
  type GuardedCounter,
  type GuardedGauge,
  type GuardedHistogram,
  refusalOfAmount,
} from "../../recording/guarded-instruments.ts";
import { httpProbe, type HttpTimes, type NetworkWatch, type ProbeTimes, tcpProbe, watch } from "./probe.ts";
import { BoundedNames } from "../../recording/bounded-names.ts";
import {
  type CollectedMetricsOptions,
  MetricBuffer,
  MetricCollector,
  type PerformanceMetric,
} from "../metric-buffer.ts";
import { assertHost, assertPool, assertPort, assertSeconds, httpUrlFrom } from "./arguments.ts";
import type { PoolFigures } from "./pool-figures.ts";
import { ConnectionPools } from "./pools.ts";
import type { Labels } from "../../translation/snapshot-document.ts";

/** Options of `Network`. */
export interface NetworkOptions extends FacadeOptions, CollectedMetricsOptions {}

/** Options of `Network.watchTcp` and `Network.watchHttp`. */
export interface NetworkWatchOptions {
  /**
   * Seconds between the starts of two checks.
   *
   * @defaultValue 30
   */
  readonly interval?: number | undefined;
  /**
   * Seconds after which a check fails.
   *
   * @defaultValue 5 for TCP, 30 for HTTP
   */
  readonly timeout?: number | undefined;
}

const TCP_DURATION = "network.tcp.connect.duration";
const HTTP_DURATION = "network.http.request.duration";
const THROUGHPUT = "network.throughput";
const TARGET = "network.target";
const OPERATION = "network.operation";

const TCP_TIMEOUT_SECONDS = 5;
const HTTP_TIMEOUT_SECONDS = 30;
const INTERVAL_SECONDS = 30;
const MAX_TARGETS = 100;
const MAX_OPERATIONS = 100;

/**
 * Measures the response times of hosts and URLs, and watches connection pools. Instrumentations do not count these
 * probes as requests of the application.
 *
 * Targets are exported as `host:port`, or as the origin of a URL, since paths and queries may be secret. After the
 * first 100 targets and operations, further ones are exported as `_other`.
 *
 * @example
 * const network = new Network();
 * const watch = network.watchTcp("db", 5432, { interval: 10 });
 * health.register("database", watch.check);
 */
export class Network extends MetricCollector {
  readonly #buffer: MetricBuffer;
  readonly #pools: ConnectionPools;
  readonly #meter: FacadeMeter;
  readonly #targets = new BoundedNames(MAX_TARGETS);
  readonly #operations = new BoundedNames(MAX_OPERATIONS);
  readonly #checks: GuardedCounter;
  readonly #tcpDurations: GuardedHistogram;
  readonly #httpDurations: GuardedHistogram;
  readonly #intervals: GuardedGauge;
  readonly #throughput: GuardedGauge;
  readonly #stops = new Set<() => void>();
  readonly #rates = new Map<string, { checks: number; successes: number }>();

  /**
   * Creates the facade.
   *
   * @throws OptionsError if `maxMetricsPerSecond` is not a whole number from 1 to 10,000.
   */
  constructor(options: NetworkOptions = {}) {
    const buffer = new MetricBuffer(facadeOptions("network", options));
    super(buffer);
    this.#buffer = buffer;
    const meter = new FacadeMeter("tachymeter.network", options);
    this.#meter = meter;
    this.#pools = new ConnectionPools(meter);
    this.#checks = meter.counter("network.checks", "{check}", "Checks of a host or a URL, by outcome.");
    this.#intervals = meter.gauge("network.check.interval", "s", "Interval of the checks of a watch.");
    this.#tcpDurations = meter.durations(
      TCP_DURATION,
      "Time to a TCP connection, look-up of the name included.",
    );
    this.#httpDurations = meter.durations(HTTP_DURATION, "Time of HTTP requests, by phase, and in total.");
    this.#throughput = meter.gauge(THROUGHPUT, "By/s", "Throughput of the latest transfer.");
  }

  /**
   * Connects by TCP and closes the connection again. Resolves with the seconds it took; the phases `dns` and `connect`
   * are in `context`. Resolves with `undefined` if there is no connection within `timeout` seconds.
   *
   * @throws TypeError, RangeError as a rejection, if the host, port or time-out is invalid.
   *
   * @example
   * const latency = await network.measureTcpLatency("db", 5432);
   * console.log(latency === undefined ? "no answer" : `${latency.value} s`);
   */
  async measureTcpLatency(
    host: string,
    port: number,
    timeout: number = TCP_TIMEOUT_SECONDS,
  ): Promise<PerformanceMetric | undefined> {
    assertTcp("measureTcpLatency", host, port, timeout);
    return this.#tcp(host, port, await tcpProbe(host, port, { timeoutSeconds: timeout, holdsProcess: true }));
  }

  /**
   * Sends a GET request over a new connection and reads at most 1 MiB of the response. Redirects are not followed.
   * Resolves with the seconds it took; the status is a tag, and the phases `dns`, `connect`, `tls` and `first_byte` are
   * in `context`. Resolves with `undefined` if there is no response within `timeout` seconds. The phases and `total`
   * are exported as `network.phase`.
   *
   * @throws TypeError, RangeError as a rejection, if the URL or time-out is invalid.
   */
  async measureHttpRequest(
    url: string | URL,
    timeout: number = HTTP_TIMEOUT_SECONDS,
  ): Promise<PerformanceMetric | undefined> {
    assertSeconds("measureHttpRequest", "timeout", timeout);
    const target = httpUrlFrom("measureHttpRequest", url);
    return this.#http(target, await httpProbe(target, { timeoutSeconds: timeout, holdsProcess: true }));
  }

  /**
   * Records the throughput of a transfer in bytes per second, and returns it. Invalid figures, such as a negative
   * number or no time, are dropped and counted; the value of the returned measurement is their quotient nevertheless.
   */
  measureThroughput(bytes: number, seconds: number, operation: string): PerformanceMetric {
    const value = numberOf(bytes) / numberOf(seconds);
    const name = this.#operations.of(nameFromGiven(operation) ?? "unknown");
    const tags = { [OPERATION]: name };
    const metric = metricOf(THROUGHPUT, value, tags, { unit: "By/s", context: { bytes, seconds } });
    const refusal = refusalOfAmount(bytes) ?? refusalOfAmount(seconds) ?? refusalOfAmount(value);
    if (refusal !== undefined) {
      this.#meter.dropped.measurement(THROUGHPUT, refusal, value);
      return metric;
    }
    this.#throughput.record(value, tags);
    this.#buffer.push(metric);
    return metric;
  }

  /**
   * Measures the TCP latency immediately and then at intervals. Checks never overlap. Returns a function that stops the
   * watch; its `check` is for `Health.register`.
   *
   * @throws TypeError, RangeError if an argument or option is invalid.
   */
  watchTcp(host: string, port: number, options: NetworkWatchOptions = {}): NetworkWatch {
    const { interval = INTERVAL_SECONDS, timeout: timeoutSeconds = TCP_TIMEOUT_SECONDS } = options;
    assertTcp("watchTcp", host, port, timeoutSeconds);
    assertSeconds("watchTcp", "interval", interval);
    return this.#watch(interval, async () => {
      const times = await tcpProbe(host, port, { timeoutSeconds, holdsProcess: false });
      return this.#tcp(host, port, times, interval) !== undefined;
    });
  }

  /**
   * Sends a GET request immediately and then at intervals. Checks never overlap. Returns a function that stops the
   * watch; its `check` is for `Health.register` and succeeds if the latest status was below 400.
   *
   * @throws TypeError, RangeError if an argument or option is invalid.
   */
  watchHttp(url: string | URL, options: NetworkWatchOptions = {}): NetworkWatch {
    const { interval = INTERVAL_SECONDS, timeout: timeoutSeconds = HTTP_TIMEOUT_SECONDS } = options;
    const target = httpUrlFrom("watchHttp", url);
    assertSeconds("watchHttp", "timeout", timeoutSeconds);
    assertSeconds("watchHttp", "interval", interval);
    return this.#watch(interval, async () => {
      const times = await httpProbe(target, { timeoutSeconds, holdsProcess: false });
      this.#http(target, times, interval);
      return isSuccess(times);
    });
  }

  /**
   * Reads the figures of a connection pool at each collection, with attribute `connection.pool.name`. Replaces an
   * earlier pool of this name. `pgPool`, `mysqlPool`, `undiciPool` and `httpAgent` read the pools of libraries.
   *
   * @returns a function that removes the pool.
   * @throws TypeError if `pool` is not a function.
   *
   * @example
   * network.watchPool("orders", () => ({ size: pool.size, idle: pool.available, waiting: pool.pending }));
   */
  watchPool(name: string, pool: () => PoolFigures): () => void {
    assertPool("watchPool", pool);
    return this.#pools.add(nameFromGiven(name) ?? "unknown", pool);
  }

  /** Share of successful checks by target, from 0 to 1. HTTP checks succeed if the status is below 400. */
  getSuccessRates(): Record<string, number> {
    return Object.fromEntries(
      [...this.#rates].map(([target, { checks, successes }]) => [target, successes / checks]),
    );
  }

  /** @internal Stops all watches. */
  stop(): void {
    for (const stop of this.#stops) stop();
  }

  #watch(interval: number, probe: () => Promise<boolean>): NetworkWatch {
    warnOfLongInterval("network watch: interval", interval);
    const watching = watch(interval, probe);
    const stop = (): void => {
      watching();
      this.#stops.delete(stop);
    };
    this.#stops.add(stop);
    return Object.assign(stop, { check: watching.check });
  }

  #tcp(
    host: string,
    port: number,
    times: ProbeTimes | undefined,
    interval?: number,
  ): PerformanceMetric | undefined {
    const target = this.#targets.of(`${host.includes(":") ? `[${host}]` : host}:${port}`);
    this.#count(target, times !== undefined, interval);
    if (times === undefined) return undefined;
    const { phases, total } = times;
    const tags = { [TARGET]: target };
    this.#tcpDurations.record(total, tags);
    return this.#kept(metricOf(TCP_DURATION, total, tags, { unit: "s", context: phases }));
  }

  #http(url: URL, times: HttpTimes | undefined, interval?: number): PerformanceMetric | undefined {
    const target = this.#targets.of(url.origin);
    this.#count(target, isSuccess(times), interval);
    if (times === undefined) return undefined;
    const { status, phases, total } = times;
    const tags = { [TARGET]: target, "http.response.status_code": status };
    for (const [phase, seconds] of Object.entries({ ...phases, total })) {
      this.#httpDurations.record(seconds, { ...tags, "network.phase": phase });
    }
    return this.#kept(metricOf(HTTP_DURATION, total, tags, { unit: "s", context: phases }));
  }

  #count(target: string, succeeded: boolean, interval: number | undefined): void {
    if (interval !== undefined) this.#intervals.record(interval, { [TARGET]: target });
    this.#checks.add(1, { [TARGET]: target, outcome: succeeded ? "success" : "failure" });
    let rate = this.#rates.get(target);
    if (rate === undefined) this.#rates.set(target, (rate = { checks: 0, successes: 0 }));
    rate.checks++;
    if (succeeded) rate.successes++;
  }

  #kept(metric: PerformanceMetric): PerformanceMetric {
    this.#buffer.push(metric);
    return metric;
  }
}

/** Creates a `Network` on the global meter provider. */
export function getNetworkCollector(): Network {
  return new Network();
}

function assertTcp(call: string, host: unknown, port: unknown, timeout: unknown): void {
  assertHost(call, host);
  assertPort(call, port);
  assertSeconds(call, "timeout", timeout);
}

function numberOf(given: unknown): number {
  return typeof given === "number" ? given : Number.NaN;
}

function isSuccess(times: HttpTimes | undefined): boolean {
  return times !== undefined && times.status < 400;
}

function metricOf(
  name: string,
  value: number,
  tags: Labels,
  { unit, context }: { readonly unit: string; readonly context: Readonly<Record<string, unknown>> },
): PerformanceMetric {
  return { name, value, unit, timestamp: Date.now() / 1_000, tags, context, source: "network" };
}
