import type { HealthStatus } from "../../src/facades/index.ts";
import {
  type BoundCounter,
  boundCounter,
  type BoundRecorder,
  boundRecorder,
} from "../../src/recording/bind.ts";
import { prototypeOf } from "../shared/exports.ts";
import { fieldOf, isObject } from "../shared/fields.ts";
import { Components } from "../shared/health-components.ts";
import type { Attach } from "../shared/instrumented.ts";
import { counter, histogram } from "../shared/instruments.ts";
import { LiveObjects } from "../shared/live-objects.ts";
import type { HealthConfig } from "../shared/options.ts";
import { outliving } from "../shared/outliving.ts";
import type { Recording } from "../shared/recording.ts";

const BREAKER_NAME = "circuit_breaker.name";
const OUTCOMES = ["success", "failure", "timeout", "rejected", "semaphore_locked"] as const;
// Name that the library generates if neither the breaker nor its action has one.
const RANDOM_NAME = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const ANONYMOUS = "anonymous";
const EVENTS: ReadonlySet<unknown> = new Set(
  "fire success failure timeout semaphoreLocked reject open halfOpen close shutdown".split(" "),
);

type Outcome = (typeof OUTCOMES)[number];

const breakersOf = outliving(() => new LiveObjects());

interface Breaker {
  readonly name: string;
  readonly calls: ReadonlyMap<Outcome, BoundCounter>;
  readonly duration: BoundRecorder;
  status: HealthStatus | undefined;
  isShutDown: boolean;
  // A timeout or a locked semaphore is emitted again as a failure, or as a success if a filter decides so.
  ownError: unknown;
}

/**
 * Records the circuit breakers of the `opossum` package as health components, and counts their calls. Closed is
 * healthy, half-open degraded, open unhealthy.
 */
export function begin(recording: Recording<HealthConfig>): Attach {
  const components = new Components(recording);
  const calls = counter(recording.meter, "circuit_breaker.calls");
  const durations = histogram(recording.meter, "circuit_breaker.call.duration");
  const known = new WeakMap<object, Breaker>();
  const breakers = breakersOf(recording);
  // Breakers with the same name share a component. Counted are those that have reported a status.
  const counts = new Map<string, number>();

  const add = (emitter: object): Breaker => {
    const name = components.nameOf(nameOf(emitter));
    const attributes = { [BREAKER_NAME]: name };
    const breaker = {
      name,
      calls: new Map(OUTCOMES.map((outcome) => [outcome, boundCounter(calls, { ...attributes, outcome })])),
      duration: boundRecorder(durations, attributes),
      status: undefined,
      isShutDown: false,
      ownError: undefined,
    };
    known.set(emitter, breaker);
    breakers.add(emitter);
    return breaker;
  };
  const forget = (emitter: object): void => {
    const breaker = known.get(emitter);
    if (breaker === undefined || breaker.isShutDown) return;
    // It stays known: calls in flight are still counted, but do not bring the component back.
    breaker.isShutDown = true;
    breakers.delete(emitter);
    if (breaker.status === undefined) return;
    const others = (counts.get(breaker.name) ?? 1) - 1;
    counts.set(breaker.name, others);
    if (others === 0) components.remove(breaker.name);
  };
  const shows = (breaker: Breaker, status: HealthStatus): void => {
    if (breaker.isShutDown || breaker.status === status) return;
    if (breaker.status === undefined) counts.set(breaker.name, (counts.get(breaker.name) ?? 0) + 1);
    breaker.status = status;
    components.set(breaker.name, status, REASONS[status]);
  };
  const observe = (emitter: object, event: unknown, first: unknown, second: unknown): void => {
    if (event === "shutdown") return forget(emitter);
    const breaker = known.get(emitter) ?? add(emitter);
    switch (event) {
      case "fire":
        return shows(breaker, statusOf(emitter));
      case "open":
        return shows(breaker, "unhealthy");
      case "halfOpen":
        return shows(breaker, "degraded");
      case "close":
        return shows(breaker, "healthy");
      case "reject":
        return ended(breaker, "rejected");
      case "timeout":
        breaker.ownError = first;
        return ended(breaker, "timeout", second);
      case "semaphoreLocked":
        breaker.ownError = first;
        return ended(breaker, "semaphore_locked");
      case "success":
      case "failure":
        if (breaker.ownError === undefined || breaker.ownError !== first)
          return ended(breaker, event, second);
        breaker.ownError = undefined;
    }
  };
  for (const emitter of breakers) {
    if (fieldOf(emitter, "isShutdown") === true) breakers.delete(emitter);
    else shows(add(emitter), statusOf(emitter));
  }
  // Replaces `emit` instead of adding listeners: no `listenerCount` changes. A breaker's first event is `fire`.
  return (exports) =>
    void recording.before(prototypeOf(exports), "emit", (breaker, event, first, second) => {
      if (isObject(breaker) && EVENTS.has(event)) observe(breaker, event, first, second);
    });
}

function ended(breaker: Breaker, outcome: Outcome, millis?: unknown): void {
  breaker.calls.get(outcome)?.add(1);
  if (typeof millis === "number") breaker.duration.record(millis / 1_000);
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
