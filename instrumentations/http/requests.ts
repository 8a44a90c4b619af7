// Requests of one kind from their start to their response.
import type { Counter, ObservableResult } from "@opentelemetry/api";
import { type BoundCounter, boundCounter } from "../../src/recording/bind.ts";
import { fieldOf, isObject } from "../shared/fields.ts";
import { ABORTED, methodOf, requestErrorType } from "./attributes.ts";

const FIRST_LOOK = 1_000;

/** A request that has begun. */
export interface ActiveRequest {
  readonly method: string;
  /** Status of its response, once it was counted with it. */
  statusCode: number | undefined;
}

/** Requests of one side, each identified by an object. */
export class Requests {
  readonly #counter: Counter;
  readonly #isOver: (request: object) => boolean;
  readonly #active = new Map<object, ActiveRequest>();
  readonly #answered = new Map<string, Map<number, BoundCounter>>();
  // No event reports that a client disconnected. Such requests are searched at each collection, and whenever their
  // number has doubled.
  #nextLook = FIRST_LOOK;

  /** @param isOver whether a response is no longer possible. */
  constructor(counter: Counter, isOver: (request: object) => boolean) {
    this.#counter = counter;
    this.#isOver = isOver;
  }

  /** Starts `request`, identified by `key`. Its method is read from it. */
  begun(key: object, request: object): ActiveRequest {
    const active: ActiveRequest = { method: methodOf(request), statusCode: undefined };
    this.#active.set(key, active);
    if (this.#active.size >= this.#nextLook) this.#forgetLost();
    return active;
  }

  /** Counts the request identified by `key` with its response. */
  answered(key: unknown, response: unknown): void {
    if (!isObject(key) || !isObject(response)) return;
    const given = fieldOf(response, "statusCode");
    const status = typeof given === "number" && given >= 100 && given <= 599 ? given : 0;
    // An informational response, which is followed by another one.
    if (status >= 100 && status < 200 && status !== 101) return;
    const active = this.#active.get(key);
    if (active === undefined) return;
    this.#active.delete(key);
    if (typeof given === "number") active.statusCode = given;
    this.#answers(active.method, status).add(1);
  }

  /** Counts the request identified by `key`, which failed without a response. */
  failed(key: unknown, error: unknown): void {
    if (!isObject(key)) return;
    const active = this.#active.get(key);
    if (active === undefined) return;
    this.#active.delete(key);
    this.#counter.add(1, { "http.request.method": active.method, "error.type": requestErrorType(error) });
  }

  /** Observes the number of active requests by method. */
  observe(result: ObservableResult): void {
    this.#forgetLost();
    const byMethod = new Map<string, number>([...this.#answered.keys()].map((method) => [method, 0]));
    for (const { method } of this.#active.values()) byMethod.set(method, (byMethod.get(method) ?? 0) + 1);
    for (const [method, count] of byMethod) result.observe(count, { "http.request.method": method });
  }

  #forgetLost(): void {
    for (const [key, { method }] of this.#active) {
      if (!this.#isOver(key)) continue;
      this.#active.delete(key);
      this.#counter.add(1, { "http.request.method": method, "error.type": ABORTED });
    }
    this.#nextLook = Math.max(FIRST_LOOK, 2 * this.#active.size);
  }

  #answers(method: string, status: number): BoundCounter {
    let byStatus = this.#answered.get(method);
    if (byStatus === undefined) this.#answered.set(method, (byStatus = new Map()));
    let handle = byStatus.get(status);
    if (handle === undefined) {
      const attributes = { "http.request.method": method };
      handle = boundCounter(
        this.#counter,
        status === 0 ? attributes : { ...attributes, "http.response.status_code": status },
      );
      byStatus.set(status, handle);
    }
    return handle;
  }
}
