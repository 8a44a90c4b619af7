// The events of circuit breakers, as calls and as health.
import type { Counter, Histogram } from "@opentelemetry/api";
import type { HealthStatus } from "../../src/facades/index.ts";
import {
  type BoundCounter,
  boundCounter,
  type BoundRecorder,
  boundRecorder,
  Components,
  counter,
  fieldOf,
  type HealthConfig,
  histogram,
  type Recording,
} from "../shared/index.ts";

const BREAKER_NAME = "circuit_breaker.name";
const OUTCOMES = ["success", "failure", "timeout", "rejected", "semaphore_locked"] as const;
// The library's own name for a breaker and an action without one.
const RANDOM_NAME = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const ANONYMOUS = "anonymous";

type Outcome = (typeof OUTCOMES)[number];

interface Breaker {
  readonly name: string;
  readonly calls: ReadonlyMap<Outcome, BoundCounter>;
  readonly duration: BoundRecorder;
  status: HealthStatus | undefined;
  // A time-out or a lock comes once more, as a failure, or as a success if a filter says so.
  ownError: unknown;
}

/** The circuit breakers of a process. They are not kept alive. */
export class Breakers {
  readonly #components: Components;
  readonly #calls: Counter;
  readonly #durations: Histogram;
  readonly #known = new WeakMap<object, Breaker>();
  // Breakers of one name are one component.
  readonly #counts = new Map<string, number>();

  constructor(recording: Recording<HealthConfig>) {
    this.#components = new Components(recording);
    this.#calls = counter(recording.meter, "circuit_breaker.calls");
    this.#durations = histogram(recording.meter, "circuit_breaker.call.duration");
  }

  /** A breaker emits an event, its name first. */
  observe(emitter: object, [event, first, second]: readonly unknown[]): void {
    switch (event) {
      case "fire":
        return this.#shows(this.#of(emitter), statusOf(emitter));
      case "success":
      case "failure":
        return this.#settled(this.#of(emitter), event, first, second);
      case "timeout":
        return this.#ended(this.#of(emitter), "timeout", first, second);
      case "semaphoreLocked":
        return this.#ended(this.#of(emitter), "semaphore_locked", first);
      case "reject":
        return this.#of(emitter).calls.get("rejected")?.add(1);
      case "open":
        return this.#shows(this.#of(emitter), "unhealthy");
      case "halfOpen":
        return this.#shows(this.#of(emitter), "degraded");
      case "close":
        return this.#shows(this.#of(emitter), "healthy");
      case "shutdown":
        return this.#forget(emitter);
    }
  }

  #settled(breaker: Breaker, outcome: "success" | "failure", result: unknown, millis: unknown): void {
    if (breaker.ownError !== undefined && breaker.ownError === result) {
      breaker.ownError = undefined;
      return;
    }
    breaker.calls.get(outcome)?.add(1);
    if (typeof millis === "number") breaker.duration.record(millis / 1_000);
  }

  #ended(breaker: Breaker, outcome: "timeout" | "semaphore_locked", error: unknown, millis?: unknown): void {
    breaker.ownError = error;
    breaker.calls.get(outcome)?.add(1);
    if (typeof millis === "number") breaker.duration.record(millis / 1_000);
  }

  #shows(breaker: Breaker, status: HealthStatus): void {
    if (breaker.status === status) return;
    breaker.status = status;
    this.#components.set(breaker.name, status, REASONS[status]);
  }

  #forget(emitter: object): void {
    const breaker = this.#known.get(emitter);
    if (breaker === undefined) return;
    this.#known.delete(emitter);
    const others = (this.#counts.get(breaker.name) ?? 1) - 1;
    this.#counts.set(breaker.name, others);
    if (others === 0) this.#components.remove(breaker.name);
  }

  #of(emitter: object): Breaker {
    const known = this.#known.get(emitter);
    if (known !== undefined) return known;
    const name = this.#components.nameOf(nameOf(emitter));
    const attributes = { [BREAKER_NAME]: name };
    const breaker = {
      name,
      calls: new Map(
        OUTCOMES.map((outcome) => [outcome, boundCounter(this.#calls, { ...attributes, outcome })]),
      ),
      duration: boundRecorder(this.#durations, attributes),
      status: undefined,
      ownError: undefined,
    };
    this.#known.set(emitter, breaker);
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + 1);
    return breaker;
  }
}

const REASONS: Readonly<Partial<Record<HealthStatus, string>>> = {
  unhealthy: "the circuit is open",
  degraded: "the circuit is half open",
};

function statusOf(emitter: object): HealthStatus {
  if (fieldOf(emitter, "opened") === true) return "unhealthy";
  return fieldOf(emitter, "halfOpen") === true ? "degraded" : "healthy";
}

function nameOf(emitter: object): string {
  const name = fieldOf(emitter, "name");
  return typeof name === "string" && name !== "" && !RANDOM_NAME.test(name) ? name : ANONYMOUS;
}
