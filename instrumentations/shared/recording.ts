// One time that an instrumentation is enabled.
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { type Meter, type MeterProvider, type Observable, type ObservableResult } from "@opentelemetry/api";
import { LogOnce } from "../../src/diagnostics/log-once.ts";
import { isRecord } from "./fields.ts";
import { observed, observedAside, type Outcome } from "./observed.ts";
import { type Wrap, wrapMethod } from "../../src/recording/replace-method.ts";

/** Where an instrumentation records to. */
interface InstrumentationContext<Config> {
  /** As the instrumentation is switched: `mqtt`. */
  readonly name: string;
  readonly config: Config;
  /** For facades of the instrumentation's own, where its configuration gives none; `undefined` is the global one. */
  readonly meterProvider: MeterProvider | undefined;
  /** For instruments that no facade has. */
  readonly meter: Meter;
}

/**
 * The settings of an instrumentation while it is enabled, what it has replaced, and its failures, which are logged once
 * and never reach the library.
 */
export class Recording<Config> {
  readonly name: string;
  readonly config: Config;
  readonly meterProvider: MeterProvider | undefined;
  readonly meter: Meter;
  /** Logs what recording has thrown; once, as the cause may come with every message. */
  readonly failed = (error: unknown): void =>
    this.#once.error("", () => `instrumentation ${this.name}: something could not be recorded`, error);
  readonly #removals = new Set<() => void>();
  readonly #wrapped = new WeakMap<object, Set<string | symbol>>();
  readonly #once = new LogOnce();

  constructor({ name, config, meterProvider, meter }: InstrumentationContext<Config>) {
    this.name = name;
    this.config = config;
    this.meterProvider = meterProvider;
    this.meter = meter;
  }

  /**
   * Replaces method `name` of `target` until the instrumentation ends, or until the returned function is called. What
   * `wrap` returns calls the original by `Reflect.apply(original, this, args)`, and catches what its own recording
   * throws, for {@link failed}. Does nothing if this recording has replaced the method already: a library that an
   * application both imports and requires comes twice, with the same classes.
   *
   * @throws TypeError if there is no such method: the library is not the one that the instrumentation knows.
   */
  wrap(target: unknown, name: string | symbol, wrap: Wrap): () => void {
    const names = this.#wrapped.get(Object(target)) ?? new Set();
    if (names.has(name)) return () => {};
    const restore = wrapMethod(target, name, wrap);
    this.#wrapped.set(Object(target), names.add(name));
    return this.onEnd(() => {
      names.delete(name);
      restore();
    });
  }

  /** Calls `see` before each call of method `name` of `target`. In all else as {@link wrap}. */
  before(
    target: unknown,
    name: string | symbol,
    see: (self: unknown, args: readonly unknown[]) => void,
  ): () => void {
    const { failed } = this;
    return this.wrap(target, name, (original) => {
      return function (...args) {
        try {
          see(this, args);
        } catch (error) {
          failed(error);
        }
        return Reflect.apply(original, this, args);
      };
    });
  }

  /** Calls `see` after each call of method `name` of `target` that did not throw. In all else as {@link wrap}. */
  after(
    target: unknown,
    name: string | symbol,
    see: (self: unknown, args: readonly unknown[], result: unknown) => void,
  ): () => void {
    const { failed } = this;
    return this.wrap(target, name, (original) => {
      return function (...args) {
        const result = Reflect.apply(original, this, args);
        try {
          see(this, args, result);
        } catch (error) {
          failed(error);
        }
        return result;
      };
    });
  }

  /**
   * Calls what `begin` returns with the outcome of each call of method `name` of `target`, as {@link observed}; with
   * `"aside"` as {@link observedAside}. `begin` is called before the original. In all else as {@link wrap}.
   */
  outcome(
    target: unknown,
    name: string | symbol,
    begin: (self: unknown, args: readonly unknown[]) => Outcome,
    how?: "aside",
  ): () => void {
    const begun = (self: unknown, args: readonly unknown[]): Outcome =>
      this.safely(() => begin(self, args)) ?? {};
    const follow = (promise: unknown, outcome: Outcome): unknown =>
      how === "aside" ? this.observedAside(promise, outcome) : this.observed(promise, outcome);
    return this.wrap(target, name, (original) => {
      return function (...args) {
        const outcome = begun(this, args);
        return follow(Reflect.apply(original, this, args), outcome);
      };
    });
  }

  /** Calls `see` with each object that a channel of `node:diagnostics_channel` publishes, until the instrumentation ends. */
  subscribe(channel: string, see: (message: Readonly<Record<PropertyKey, unknown>>) => void): void {
    // What a listener throws ends the process.
    const listener = (message: unknown): void => {
      try {
        if (isRecord(message)) see(message);
      } catch (error) {
        this.failed(error);
      }
    };
    subscribe(channel, listener);
    this.onEnd(() => void unsubscribe(channel, listener));
  }

  /** As the function `observed`; what `outcome` throws is for {@link failed}. */
  observed(promise: unknown, outcome: Outcome): unknown {
    return observed(promise, this.#safe(outcome));
  }

  /** As the function `observedAside`; what `outcome` throws is for {@link failed}. */
  observedAside(promise: unknown, outcome: Outcome): unknown {
    return observedAside(promise, this.#safe(outcome));
  }

  #safe({ fulfilled, rejected }: Outcome): Outcome {
    return {
      fulfilled: (value) => this.safely(() => fulfilled?.(value)),
      rejected: (error) => this.safely(() => rejected?.(error)),
    };
  }

  /** Calls `observe` at each collection, until the instrumentation ends; what it throws is for {@link failed}. */
  observe(instrument: Observable, observe: (result: ObservableResult) => void): void {
    const callback = (result: ObservableResult): void => this.safely(() => observe(result));
    instrument.addCallback(callback);
    this.onEnd(() => instrument.removeCallback(callback));
  }

  /** Runs `removal` when the instrumentation ends, or when the returned function is called; never twice. */
  onEnd(removal: () => void): () => void {
    const remove = (): void => {
      if (this.#removals.delete(remove)) removal();
    };
    this.#removals.add(remove);
    return remove;
  }

  /** Runs `act`; what it throws is for {@link failed}. Not for what comes with every message: `act` is a closure. */
  safely<Result>(act: () => Result): Result | undefined {
    try {
      return act();
    } catch (error) {
      this.failed(error);
      return undefined;
    }
  }

  /** Runs `act`; if it throws, what it has replaced is put back. Returns the function that puts it back later. */
  whole(act: () => void): () => void {
    const before = new Set(this.#removals);
    const added = (): readonly (() => void)[] => [...this.#removals].filter((remove) => !before.has(remove));
    try {
      act();
    } catch (error) {
      for (const remove of added().toReversed()) this.safely(remove);
      throw error;
    }
    const removals = added().toReversed();
    return () => {
      for (const remove of removals) this.safely(remove);
    };
  }

  /** Puts everything back, the last first. */
  end(): void {
    for (const remove of [...this.#removals].toReversed()) this.safely(remove);
  }
}
