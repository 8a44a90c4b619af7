// Whether the parts of an application are well, by checks that run by themselves and by what they tell.
import type { EventSink } from "./event-sink.ts";
import type { FacadeOptions } from "./facade-meter.ts";
import type { HealthReport, HealthStatus } from "./health-report.ts";

/** What a `Health` takes. */
export interface HealthOptions extends FacadeOptions {
  /** @internal */
  readonly events?: EventSink | undefined;
}

/** How a check of `Health.register` is run. */
export interface HealthCheckOptions {
  /**
   * Seconds from the start of one check to the start of the next.
   *
   * @defaultValue 30
   */
  readonly interval?: number | undefined;
  /**
   * Seconds after which a check that has not answered makes its component unhealthy.
   *
   * @defaultValue 5
   */
  readonly timeout?: number | undefined;
  /**
   * Whether the whole is unhealthy when this component is; else it is degraded.
   *
   * @defaultValue true
   */
  readonly critical?: boolean | undefined;
}

/** Records whether the parts of an application are well. */
export class Health {
  constructor(_options: HealthOptions = {}) {}

  /** Has a component checked from now on. */
  register(
    _component: string,
    _check: (signal: AbortSignal) => unknown,
    _options: HealthCheckOptions = {},
  ): () => void {
    return () => {};
  }

  /** Sets the status of a component. */
  set(_component: string, _status: HealthStatus, _reason?: string): void {}

  /** @internal Counts one check made elsewhere and sets the status of its component. */
  recordCheck(_component: string, _status: HealthStatus, _seconds?: number, _reason?: string): void {}

  /** Checks one component, or all, now. */
  check(_component?: string): Promise<HealthReport> {
    return Promise.resolve(this.report());
  }

  /** What is known now. */
  report(): HealthReport {
    return { status: "unknown", timestamp: Date.now() / 1000, components: {} };
  }

  /** The status of the whole. */
  get status(): HealthStatus {
    return "unknown";
  }
}
