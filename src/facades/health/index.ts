// Whether the parts of an application are well, by checks that run by themselves and by what they tell.
import type { EventSink } from "../../recording/event-sink.ts";
import { FacadeMeter, type FacadeOptions } from "../../recording/facade-meter.ts";
import { nameFromGiven } from "../../recording/given-name.ts";
import {
  type GuardedCounter,
  type GuardedHistogram,
  refusalOfAmount,
} from "../../recording/guarded-instruments.ts";
import { assertHealthCheck, HealthCheck, HealthCheckError, type HealthCheckOptions } from "./check.ts";
import {
  type ComponentHealth,
  type HealthReport,
  type HealthStatus,
  isHealthStatus,
  statusOfAll,
} from "./report.ts";
import { healthAnswer, type HealthAnswer, type HealthAnswerOptions, healthPathOf } from "./answer.ts";
import { COMPONENT, COMPONENT_STATUS, observeHealth } from "./gauges.ts";
import { HealthState } from "./state.ts";
import type { SystemFigure } from "./system-figures.ts";
import {
  fetchHandler,
  type HealthFetchHandler,
  type HealthRequestHandler,
  requestHandler,
} from "./handlers.ts";
import { type HealthVerdict, verdictFrom } from "./verdict.ts";
import { type SystemWatchOptions, watchedFigures } from "./system-watch.ts";
import { type Shared, type KindOfState } from "../../recording/shared-state.ts";

/** What a `Health` takes. */
export interface HealthOptions extends FacadeOptions {
  /** @internal */
  readonly events?: EventSink | undefined;
}

const STATE: KindOfState<HealthState, []> = {
  kind: "health",
  create: () => new HealthState(),
  observe: (meter, shared) => observeHealth(meter, () => shared.state.components),
};
const MAX_COMPONENTS = 1_000;

/** What a hook has found of a component beside its status. */
interface FoundHealth {
  readonly critical: boolean;
  readonly reason?: string | undefined;
  /** How long the check took by which it was found, where it was one. */
  readonly check?: { readonly seconds: number | undefined };
}

/**
 * Records whether the parts of an application are well. Keeps at most 1,000 components, which all facades on one provider
 * share.
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
  // Those of this facade alone, which ends them.
  readonly #checks = new Set<HealthCheck>();
  readonly #figures = new Set<SystemFigure>();

  constructor(options: HealthOptions = {}) {
    this.#events = options.events;
    this.#meter = new FacadeMeter("tachymeter.health", options);
    this.#counts = this.#meter.counter("health.checks", {
      unit: "{check}",
      description: "Health checks made, by component and result.",
    });
    this.#durations = this.#meter.durations("health.check.duration", "Time a health check took.");
    this.#shared = this.#meter.share(STATE);
  }

  /**
   * Has a component checked, now and then at intervals, in place of an earlier check of it. A check that throws,
   * rejects, gives `false` or does not answer in time finds it unhealthy; one that gives a status, or an object with
   * `status` and perhaps `reason`, finds that; one that gives anything else finds it healthy. `signal` aborts when the
   * check times out or is removed: what a check finds after that is ignored, so it should end its work then.
   *
   * @returns the removal: the check ends, and the component goes from the report and the metrics.
   * @throws HealthCheckError where an argument is wrong, or 1,000 other components are known.
   */
  register(
    component: string,
    check: (signal: AbortSignal) => unknown,
    options: HealthCheckOptions = {},
  ): () => void {
    assertHealthCheck(component, check, options);
    if (!this.#hasRoomFor(component)) {
      throw new HealthCheckError(
        `health check "${component}": ${MAX_COMPONENTS} components are known already; remove some`,
      );
    }
    this.#meter.meter();
    const { components, checks, found } = this.#state;
    const earlier = checks.get(component);
    earlier?.stop();
    if (earlier !== undefined) this.#checks.delete(earlier);
    const known = components.get(component) ?? { status: "unknown" };
    components.set(component, { ...known, critical: options.critical ?? true });
    found.delete(component);
    const running = new HealthCheck(check, options, (verdict, seconds) => {
      this.#recordCheck(component, verdict, seconds);
    });
    checks.set(component, running);
    this.#checks.add(running);
    return () => {
      this.#checks.delete(running);
      if (this.#state.checks.get(component) === running) this.#state.remove(component);
    };
  }

  /**
   * Has figures of the machine and the process checked at intervals, as components `cpu`, `memory`, `disk` and
   * `eventLoop`: those that are asked for, or all.
   *
   * @returns the removal of all of them.
   * @throws HealthCheckError with everything that is wrong with the options.
   *
   * @example
   * health.watchSystem({ memory: true, disk: { degraded: 0.8, unhealthy: 0.95, path: "/data" } });
   */
  watchSystem(options: SystemWatchOptions = {}): () => void {
    const removals = watchedFigures(options).map(({ component, figure, check }) => {
      const remove = this.register(component, check, {
        interval: options.interval,
        critical: options.critical,
      });
      this.#figures.add(figure);
      return () => {
        remove();
        figure.end();
        this.#figures.delete(figure);
      };
    });
    return () => {
      for (const remove of removals) remove();
    };
  }

  /**
   * Sets the status of a component, until the next check of it if it has one. A component known only by this is
   * critical unless told. What is no status is dropped, counted and logged once.
   */
  set(
    component: string,
    status: HealthStatus,
    reason?: string,
    { critical }: Pick<HealthCheckOptions, "critical"> = {},
  ): void {
    const name = this.#acceptedName(component, status);
    if (name === undefined) return;
    this.#state.found.delete(name);
    this.#set(name, verdictFrom(status, reason), critical);
  }

  /**
   * Sets the status of a component that a hook of a library has found, by a check that took `seconds` where it was one. A
   * component of which the application itself tells stays as it is.
   *
   * @internal
   */
  find(component: string, status: HealthStatus, { critical, reason, check }: FoundHealth): void {
    const name = this.#acceptedName(component, status);
    const { components, found } = this.#state;
    if (name === undefined || (components.has(name) && !found.has(name))) return;
    found.add(name);
    if (check === undefined) this.#set(name, verdictFrom(status, reason), critical);
    else this.#recordCheck(name, verdictFrom(status, reason), check.seconds, critical);
  }

  /** @internal Takes a component out that only hooks have found. */
  forget(component: string): void {
    if (this.#state.found.has(component)) this.remove(component);
  }

  /** Takes a component out, from the report and the metrics, and ends its check if it has one. */
  remove(component: string): void {
    this.#state.remove(component);
  }

  /**
   * Counts one check made elsewhere, which took `seconds`, and sets the status of its component.
   *
   * @internal
   */
  recordCheck(component: string, status: HealthStatus, seconds?: number, reason?: string): void {
    const name = this.#acceptedName(component, status);
    if (name === undefined) return;
    this.#state.found.delete(name);
    this.#recordCheck(name, verdictFrom(status, reason), seconds);
  }

  /**
   * Checks one component, or all, now; one whose check is running waits for that one. Never rejects: a component
   * that has no check, or is not known, is left as it is.
   */
  async check(component?: string): Promise<HealthReport> {
    const wanted = [...this.#state.checks].filter(([name]) => component === undefined || name === component);
    await Promise.all(wanted.map(([, check]) => check.run({ isAwaited: true })));
    return this.report();
  }

  /** What is known now. */
  report(): HealthReport {
    return {
      status: this.status,
      timestamp: Date.now() / 1000,
      components: Object.fromEntries(this.#state.components),
    };
  }

  /** The status of the whole, by the rule of `HealthReport.status`: what `health.status` shows. */
  get status(): HealthStatus {
    return statusOfAll(this.#state.components.values());
  }

  /**
   * What is to be answered to whoever asks for `path`, by its last part, with the report as JSON:
   *
   * - `/livez`: 200, as long as somebody answers at all;
   * - `/readyz`: 503 where the whole is unhealthy, and while a critical component is still unknown;
   * - `/healthz`: 503 where the whole is unhealthy.
   *
   * `undefined` for other paths. No check is made for it.
   */
  answer(path: string, options?: HealthAnswerOptions): HealthAnswer | undefined {
    const asked = healthPathOf(path);
    return asked === undefined ? undefined : healthAnswer(asked, this.report(), options);
  }

  /**
   * A handler for node:http that gives these answers, to GET and HEAD; requests for other paths go to `next`, as
   * Express has it, and get 404 without.
   *
   * @example
   * createServer(health.handler()).listen(8080);
   */
  handler(options?: HealthAnswerOptions): HealthRequestHandler {
    return requestHandler((path) => this.answer(path, options));
  }

  /**
   * The same for servers that speak the Fetch API.
   *
   * @example
   * const answer = health.fetchHandler();
   * app.get("/readyz", (context) => answer(context.req.raw));
   */
  fetchHandler(options?: HealthAnswerOptions): HealthFetchHandler {
    return fetchHandler((path) => this.answer(path, options));
  }

  /** @internal Ends all checks that were registered here; what they found stays. */
  stop(): void {
    for (const figure of this.#figures) figure.end();
    this.#state.stop(this.#checks);
    this.#checks.clear();
  }

  get #state(): HealthState {
    return this.#shared.state;
  }

  #set(component: string, verdict: HealthVerdict, critical: boolean | undefined): void {
    this.#keep(component, verdict, this.#state.components.get(component), critical);
    this.#raise("health.status", { component, ...verdict });
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
    const check = {
      checkedAt: Date.now() / 1000,
      ...(seconds !== undefined && { durationSeconds: seconds }),
    };
    this.#keep(component, verdict, check, critical);
    this.#raise("health.check", {
      component,
      ...verdict,
      ...(seconds === undefined ? {} : { seconds }),
    });
  }

  #keep(
    component: string,
    verdict: HealthVerdict,
    check: Pick<ComponentHealth, "checkedAt" | "durationSeconds"> | undefined,
    critical?: boolean,
  ): void {
    const { components } = this.#state;
    components.set(component, {
      ...verdict,
      critical: critical ?? components.get(component)?.critical ?? true,
      ...(check?.checkedAt === undefined ? {} : { checkedAt: check.checkedAt }),
      ...(check?.durationSeconds === undefined ? {} : { durationSeconds: check.durationSeconds }),
    });
  }

  // The component's name, where it and the status can be recorded.
  #acceptedName(component: unknown, status: unknown): string | undefined {
    this.#meter.meter();
    const { drops } = this.#meter;
    const name = nameFromGiven(component);
    if (name === undefined) {
      drops.measurement(COMPONENT_STATUS, "invalid_name", component, "name the component by a text");
    } else if (!isHealthStatus(status)) {
      drops.measurement(
        COMPONENT_STATUS,
        "invalid_name",
        status,
        "use unknown, healthy, degraded or unhealthy",
      );
    } else if (!this.#hasRoomFor(name)) {
      drops.measurement(COMPONENT_STATUS, "invalid_name", name, `name at most ${MAX_COMPONENTS} components`);
    } else return name;
    return undefined;
  }

  #hasRoomFor(component: string): boolean {
    const { components } = this.#state;
    return components.has(component) || components.size < MAX_COMPONENTS;
  }

  #raise(type: string, data: Readonly<Record<string, unknown>>): void {
    if (this.#events?.listens(type)) this.#events.raise(type, data);
  }
}
