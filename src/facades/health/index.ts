import { warnOnce } from "../../diagnostics/log-once.ts";
import { show } from "../../diagnostics/show.ts";
import { warnOfLongInterval } from "../../options/long-interval.ts";
import { readField } from "../../events/labels.ts";
import type { EventSink } from "../../recording/event-sink.ts";
import { FacadeMeter, type FacadeOptions } from "../../recording/facade-meter.ts";
import { nameFromGiven } from "../../recording/given-name.ts";
import {
  type GuardedCounter,
  type GuardedGauge,
  type GuardedHistogram,
  refusalOfAmount,
} from "../../recording/guarded-instruments.ts";
import {
  assertHealthCheck,
  DEFAULT_INTERVAL_SECONDS,
  HealthCheck,
  HealthCheckError,
  type HealthCheckOptions,
} from "./check.ts";
import {
  type HealthReport,
  type HealthStatus,
  type HealthVerdict,
  statusOfAll,
  verdictFrom,
} from "./report.ts";
import {
  fetchHandler,
  healthAnswer,
  type HealthAnswer,
  type HealthAnswerOptions,
  type HealthFetchHandler,
  healthPathOf,
  type HealthRequestHandler,
  requestHandler,
} from "./answer.ts";
import { COMPONENT, COMPONENT_STATUS, HEALTH_STATE, type HealthState, MAX_COMPONENTS } from "./state.ts";
import { type SystemWatchOptions, watchedFigures } from "./system-watch.ts";
import { statusFrom } from "./reading.ts";
import type { Shared } from "../../recording/shared-state.ts";

/** Options of `Health`. */
export interface HealthOptions extends FacadeOptions {
  /** @internal */
  readonly events?: EventSink | undefined;
}

/** Additional data about a component found by an instrumentation. */
interface FoundHealth {
  readonly critical?: boolean | undefined;
  readonly reason?: string | undefined;
  /** The check that found it, if any. */
  readonly check?: { readonly seconds: number | undefined };
}

/**
 * Health of the components of an application, such as its database. All facades on one provider share their components,
 * at most 1,000.
 *
 * @example
 * const health = new Health();
 * health.register("database", async (signal) => {
 *   await fetch("http://127.0.0.1:8086/ping", { signal });
 * });
 * health.set("cache", "degraded", "warming up");
 */
export class Health {
  readonly #meter: FacadeMeter;
  readonly #events: EventSink | undefined;
  readonly #shared: Shared<HealthState>;
  readonly #counts: GuardedCounter;
  readonly #durations: GuardedHistogram;
  readonly #intervals: GuardedGauge;
  // The checks registered on this facade, which only it stops.
  readonly #checks = new WeakSet<HealthCheck>();

  /** Creates the facade. It runs no check until one is registered. */
  constructor(options: HealthOptions = {}) {
    this.#events = options.events;
    this.#meter = new FacadeMeter("tachymeter.health", options);
    this.#counts = this.#meter.counter(
      "health.checks",
      "{check}",
      "Health checks made, by component and result.",
    );
    this.#durations = this.#meter.durations("health.check.duration", "Time a health check took.");
    this.#intervals = this.#meter.gauge("health.check.interval", "s", "Interval of a health check.");
    this.#shared = this.#meter.share(HEALTH_STATE);
  }

  /**
   * Checks a component immediately and then at intervals. Replaces an earlier check of this component. The component is
   * unhealthy if the check throws, rejects, times out, or returns `false` or an `Error`. The check may return a status,
   * an object with `status` and an optional `reason`, or an answer of another system: `"down"`, `{ ok: false }`,
   * `{ status: 503 }`, `{ db: { status: "up" } }`. A status that is not known is logged once and makes the component
   * unknown; any other result means healthy. `signal` aborts when the check times out or is removed; a later result is
   * ignored.
   *
   * @returns a function that removes the check and its component.
   * @throws HealthCheckError if an argument is invalid, or 1,000 other components are known.
   */
  register(
    component: string,
    check: (signal: AbortSignal) => unknown,
    options: HealthCheckOptions = {},
  ): () => void {
    return this.#register(component, check, options);
  }

  #register(
    component: string,
    check: (signal: AbortSignal) => unknown,
    options: HealthCheckOptions,
    stopped?: () => void,
  ): () => void {
    assertHealthCheck(component, check, options);
    warnOfLongInterval(`health check "${component}": interval`, options.interval ?? 0);
    if (!this.#state.hasRoomFor(component)) {
      throw new HealthCheckError(
        `health check "${component}": ${MAX_COMPONENTS} components are known already; remove some`,
      );
    }
    this.#meter.meter();
    const { components, checks, found } = this.#state;
    checks.get(component)?.stop();
    const known = components.get(component) ?? { status: "unknown" };
    components.set(component, { ...known, critical: options.critical ?? true });
    found.delete(component);
    const { interval = DEFAULT_INTERVAL_SECONDS } = options;
    const ended = (verdict: HealthVerdict, seconds: number): void => {
      this.#intervals.record(interval, { [COMPONENT]: component });
      this.#recordCheck(component, verdict, seconds);
    };
    const refused = (result: unknown): void =>
      warnOnce(
        `health check "${component}" must return a status that is known, got ${show(result)}; return healthy, degraded or unhealthy, or throw`,
        `health check ${component}`,
      );
    const running = new HealthCheck(check, options, { ended, refused, stopped });
    checks.set(component, running);
    this.#checks.add(running);
    return () => {
      if (this.#state.checks.get(component) === running) this.#state.remove(component);
    };
  }

  /**
   * Checks the machine and the process at intervals, as components `cpu`, `memory`, `disk` and `eventLoop`. By default
   * all four are checked, else those in the options.
   *
   * @returns a function that removes these components.
   * @throws HealthCheckError with all invalid options.
   *
   * @example
   * health.watchSystem({ memory: true, disk: { degraded: 0.8, unhealthy: 0.95, path: "/data" } });
   */
  watchSystem(options: SystemWatchOptions = {}): () => void {
    const removals = watchedFigures(options).map(({ component, figure, check }) => {
      const { interval, critical } = options;
      return this.#register(component, check, { interval, critical }, () => figure.end?.());
    });
    return () => {
      for (const remove of removals) remove();
    };
  }

  /**
   * Sets the status of a component. If the component has a check, the status holds until the next check. New components
   * are critical by default. The words of other systems, such as `"up"` and `"down"`, are read as in the results of
   * checks. An invalid status is dropped, counted and logged once.
   */
  set(
    component: string,
    status: HealthStatus | "up" | "down" | "ok" | "error" | "pass" | "warn" | "fail",
    reason?: string,
    options?: Pick<HealthCheckOptions, "critical">,
  ): void {
    const critical = readField(options, "critical");
    this.#report(component, status, {
      reason,
      critical: typeof critical === "boolean" ? critical : undefined,
    });
  }

  /** @internal Sets the status of a component found by an instrumentation, unless the application reports it itself. */
  find(component: string, status: HealthStatus, found: FoundHealth): void {
    this.#report(component, status, found, true);
  }

  /** @internal Removes a component that only instrumentations have reported. */
  forget(component: string): void {
    if (this.#state.found.has(component)) this.remove(component);
  }

  /** Removes a component and its check. */
  remove(component: string): void {
    this.#state.remove(component);
  }

  /** @internal Counts a check made elsewhere, which took `seconds`, and sets the status of its component. */
  recordCheck(component: string, status: HealthStatus, seconds?: number, reason?: string): void {
    this.#report(component, status, { reason, check: { seconds } });
  }

  /**
   * Checks one component, or all, now, and returns the new report. A check that is already running is joined.
   * Components without a check keep their status. Never rejects.
   */
  async check(component?: string): Promise<HealthReport> {
    const wanted = [...this.#state.checks].filter(([name]) => component === undefined || name === component);
    await Promise.all(wanted.map(([, check]) => check.run()));
    return this.report();
  }

  /**
   * Returns the current health of all components. In the process that exports the metrics of a group, they are those of
   * all members. If several have a component, it has the worst of their statuses.
   */
  report(): HealthReport {
    return {
      status: this.status,
      timestamp: Date.now() / 1000,
      components: Object.fromEntries(this.#state.all),
    };
  }

  /** Overall status, as in `HealthReport.status` and metric `health.status`. */
  get status(): HealthStatus {
    return statusOfAll(this.#state.all.values());
  }

  /**
   * Creates the response to a request for `path` from the current report. Only the last part of the path counts; for
   * other paths it returns `undefined`:
   *
   * - `/livez`: 200;
   * - `/readyz`: 503 if the overall status is unhealthy or a critical component has not been checked yet;
   * - `/healthz`: 503 if the overall status is unhealthy.
   */
  answer(path: string, options?: HealthAnswerOptions): HealthAnswer | undefined {
    const asked = healthPathOf(path);
    return asked === undefined ? undefined : healthAnswer(asked, this.report(), options);
  }

  /**
   * Creates a handler for node:http, which responds to GET and HEAD as described at `answer`. Requests for other paths
   * are passed to `next`, as in Express; without `next` they get 404.
   *
   * @example
   * createServer(health.handler()).listen(8080);
   */
  handler(options?: HealthAnswerOptions): HealthRequestHandler {
    return requestHandler((path) => this.answer(path, options));
  }

  /**
   * Creates the same handler for servers with the Fetch API.
   *
   * @example
   * const answer = health.fetchHandler();
   * app.get("/readyz", (context) => answer(context.req.raw));
   */
  fetchHandler(options?: HealthAnswerOptions): HealthFetchHandler {
    return fetchHandler((path) => this.answer(path, options));
  }

  /** @internal Stops all checks of this facade; the components keep their status. */
  stop(): void {
    this.#state.stop(this.#checks);
  }

  get #state(): HealthState {
    return this.#shared.state;
  }

  #report(
    component: string,
    given: unknown,
    { critical, reason, check }: FoundHealth,
    isFound = false,
  ): void {
    const status = statusFrom(given);
    const name = this.#acceptedName(component, status, given);
    const { components, found } = this.#state;
    if (name === undefined || status === undefined || (isFound && components.has(name) && !found.has(name)))
      return;
    if (isFound) found.add(name);
    else found.delete(name);
    const verdict = verdictFrom(status, reason);
    if (check !== undefined) return this.#recordCheck(name, verdict, check.seconds, critical);
    this.#state.keep(name, verdict, components.get(name) ?? {}, critical);
    this.#raise("health.status", { component: name, ...verdict });
  }

  #recordCheck(
    component: string,
    verdict: HealthVerdict,
    given: number | undefined,
    critical?: boolean,
  ): void {
    const attributes = { [COMPONENT]: component };
    this.#counts.add(1, { ...attributes, "health.result": verdict.status });
    if (given !== undefined) this.#durations.record(given, attributes);
    const seconds = refusalOfAmount(given) === undefined ? given : undefined;
    const times = {
      checkedAt: Date.now() / 1000,
      ...(seconds !== undefined && { durationSeconds: seconds }),
    };
    this.#state.keep(component, verdict, times, critical);
    this.#raise("health.check", { component, ...verdict, ...(seconds !== undefined && { seconds }) });
  }

  // Returns the name, if it and the status are valid.
  #acceptedName(component: unknown, status: HealthStatus | undefined, given: unknown): string | undefined {
    this.#meter.meter();
    const { dropped } = this.#meter;
    const name = nameFromGiven(component);
    const drop = (invalid: unknown, remedy: string): undefined => {
      dropped.measurement(COMPONENT_STATUS, "invalid_name", invalid, remedy);
    };
    if (name === undefined) return drop(component, "use a string as the component's name");
    if (status === undefined) return drop(given, "use unknown, healthy, degraded or unhealthy");
    return this.#state.hasRoomFor(name) ? name : drop(name, `use at most ${MAX_COMPONENTS} components`);
  }

  #raise(type: string, data: Readonly<Record<string, unknown>>): void {
    if (this.#events?.listens(type)) this.#events.raise(type, data);
  }
}
