// What circuit breakers emit, as calls and as health.
import type { Counter, Histogram, Meter } from "@opentelemetry/api";
import type { HealthStatus } from "../../src/facades/index.ts";
import {
  type BoundCounter,
  boundCounter,
  type BoundHistogram,
  boundHistogram,
  Components,
  type HealthConfig,
  type Recording,
} from "../shared/index.ts";

const BREAKER_NAME = "circuit_breaker.name";
const OUTCOMES = ["success", "failure", "timeout", "rejected", "semaphore_locked"] as const;
const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];
// The library's own for a breaker without a name, whose action has none either.
const RANDOM_NAME = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const ANONYMOUS = "anonymous";

type Outcome = (typeof OUTCOMES)[number];

interface Breaker {
  readonly name: string;
  readonly calls: ReadonlyMap<Outcome, BoundCounter>;
  readonly duration: BoundHistogram;
  status: HealthStatus | undefined;
  // What the breaker itself has made of a call comes once more, as a failure, or as a success where a filter says so.
  ownError: unknown;
}

/** The circuit breakers of a process. They are not kept alive. */
export class Breakers {
  readonly #components: Components;
  readonly #calls: Counter;
  readonly #durations: Histogram;
  readonly #known = new WeakMap<object, Breaker>();
  // How many there are of a name: their component is the same.
  readonly #counts = new Map<string, number>();

  constructor(recording: Recording<HealthConfig>) {
    this.#components = new Components(recording);
    this.#calls = callCounter(recording.meter);
    this.#durations = callDurations(recording.meter);
  }

  /** To be told of an event that a breaker emits, its name first. */
  observe(emitter: object, [event, first, second]: readonly unknown[]): void {
    switch (event) {
      case "fire":
        this.#shows(this.#of(emitter), statusOf(emitter));
        break;
      case "success":
      case "failure":
        this.#settled(this.#of(emitter), event, first, second);
        break;
      case "timeout":
        this.#ended(this.#of(emitter), "timeout", first, second);
        break;
      case "semaphoreLocked":
        this.#ended(this.#of(emitter), "semaphore_locked", first);
        break;
      case "reject":
        this.#of(emitter).calls.get("rejected")?.add(1);
        break;
      case "open":
        this.#shows(this.#of(emitter), "unhealthy");
        break;
      case "halfOpen":
        this.#shows(this.#of(emitter), "degraded");
        break;
      case "close":
        this.#shows(this.#of(emitter), "healthy");
        break;
      case "shutdown":
        this.#forget(emitter);
        break;
      default:
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
      duration: boundHistogram(this.#durations, attributes),
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
  if (Reflect.get(emitter, "opened") === true) return "unhealthy";
  return Reflect.get(emitter, "halfOpen") === true ? "degraded" : "healthy";
}

function nameOf(emitter: object): string {
  const name: unknown = Reflect.get(emitter, "name");
  return typeof name === "string" && name !== "" && !RANDOM_NAME.test(name) ? name : ANONYMOUS;
}

function callCounter(meter: Meter): Counter {
  return meter.createCounter("circuit_breaker.calls", {
    unit: "{call}",
    description: "Calls through a circuit breaker, by how they ended",
  });
}

function callDurations(meter: Meter): Histogram {
  return meter.createHistogram("circuit_breaker.call.duration", {
    unit: "s",
    description: "Time that calls through a circuit breaker took, up to its time-out",
    advice: { explicitBucketBoundaries: SECONDS },
  });
}
