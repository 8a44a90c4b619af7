// State of an instrumentation while it is enabled, from enabling to disabling.
import { type Meter, type MeterProvider, type Observable, type ObservableResult } from "@opentelemetry/api";
import { LogOnce } from "../../src/diagnostics/log-once.ts";
import { listenToChannel } from "../../src/io/listen-to-channel.ts";
import { isRecord } from "./fields.ts";
import { missedMessage } from "../../src/recording/first-message.ts";
import { observed, observedAside, type Outcome } from "./observed.ts";
import { type Wrap, wrapMethod } from "../../src/recording/replace-method.ts";

/** Target and settings of an instrumentation. */
interface InstrumentationContext<Config> {
  /** Name by which the instrumentation is enabled and disabled: `mqtt`. */
  readonly name: string;
  readonly config: Config;
  /**
   * For facades created by the instrumentation if its configuration has none; `undefined` means the global provider.
   */
  readonly meterProvider: MeterProvider | undefined;
  /** For instruments that are not part of a facade. */
  readonly meter: Meter;
  readonly isBundled?: boolean;
}

/**
 * Settings of an instrumentation while it is enabled, and its replacements. Its failures are logged once and never
 * reach the library.
 */
export class Recording<Config> {
  readonly name: string;
  readonly config: Config;
  readonly meterProvider: MeterProvider | undefined;
  readonly meter: Meter;
  /** Whether the library publishes its calls and cannot be patched, since it is part of a bundle. */
  readonly isBundled: boolean;
  /** Logs an error thrown while recording; only once, as the cause may recur with every message. */
  readonly failed = (error: unknown): void =>
    this.#once.error("", () => `instrumentation ${this.name}: something could not be recorded`, error);
  readonly #removals = new Set<() => void>();
  readonly #wrapped = new WeakMap<object, Set<string | symbol>>();
  readonly #once = new LogOnce();

  constructor({ name, config, meterProvider, meter, isBundled = false }: InstrumentationContext<Config>) {
    this.name = name;
    this.config = config;
    this.meterProvider = meterProvider;
    this.meter = meter;
    this.isBundled = isBundled;
  }

  /**
   * Replaces method `name` of `target` until the instrumentation is disabled, or until the returned function is
   * called. The function returned by `wrap` calls the original by `Reflect.apply(original, this, args)`. It passes
   * errors of its own recording to {@link failed}. Does nothing if this recording has already replaced the method: a
   * library that is both imported and required is seen twice, with the same classes.
   *
   * @throws TypeError if the method is missing: the library is not the expected one.
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

  /**
   * Calls `see` with the object and the first three arguments before each call of method `name` of `target`. Otherwise like
   * {@link wrap}.
   */
  before(
    target: unknown,
    name: string | symbol,
    // No array of arguments, which V8 would allocate: 136 B a message with RabbitMQ (`npm run bench:instrumentations`).
    see: (self: unknown, first: unknown, second: unknown, third: unknown) => void,
  ): () => void {
    const { failed } = this;
    return this.wrap(target, name, (original) => {
      return function (...args) {
        try {
          see(this, args[0], args[1], args[2]);
        } catch (error) {
          failed(error);
        }
        return Reflect.apply(original, this, args);
      };
    });
  }

  /**
   * Calls `see` with the object, the result and the first three arguments after each call of method `name` of `target` that
   * did not throw. Otherwise like {@link wrap}.
   */
  after(
    target: unknown,
    name: string | symbol,
    see: (self: unknown, result: unknown, first: unknown, second: unknown, third: unknown) => void,
  ): () => void {
    const { failed } = this;
    return this.wrap(target, name, (original) => {
      return function (...args) {
        const result = Reflect.apply(original, this, args);
        try {
          see(this, result, args[0], args[1], args[2]);
        } catch (error) {
          failed(error);
        }
        return result;
      };
    });
  }

  /**
   * Passes the outcome of each call of method `name` of `target` to the functions that `begin` returns. Promises are
   * observed by {@link observed}, or with `"aside"` by {@link observedAside}. `begin` is called before the original.
   * Otherwise like {@link wrap}.
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

  /**
   * Calls `see` with each object published on a channel of `node:diagnostics_channel`, until the instrumentation is
   * disabled.
   */
  subscribe(channel: string, see: (message: Readonly<Record<PropertyKey, unknown>>) => void): void {
    // An error thrown by a listener would end the process.
    const listener = (message: unknown): void => {
      try {
        if (isRecord(message)) see(message);
      } catch (error) {
        this.failed(error);
      }
    };
    this.onEnd(listenToChannel(channel, listener));
    listener(missedMessage(channel));
  }

  /** Like the function `observed`; errors of `outcome` are passed to {@link failed}. */
  observed(promise: unknown, outcome: Outcome): unknown {
    return observed(promise, this.#safe(outcome));
  }

  /** Like the function `observedAside`; errors of `outcome` are passed to {@link failed}. */
  observedAside(promise: unknown, outcome: Outcome): unknown {
    return observedAside(promise, this.#safe(outcome));
  }

  #safe({ fulfilled, rejected }: Outcome): Outcome {
    return {
      fulfilled: (value) => this.safely(() => fulfilled?.(value)),
      rejected: (error) => this.safely(() => rejected?.(error)),
    };
  }

  /**
   * Calls `observe` at each collection, until the instrumentation is disabled; errors are passed to {@link failed}.
   */
  observe(instrument: Observable, observe: (result: ObservableResult) => void): void {
    const callback = (result: ObservableResult): void => this.safely(() => observe(result));
    instrument.addCallback(callback);
    this.onEnd(() => instrument.removeCallback(callback));
  }

  /** Runs `removal` when the instrumentation is disabled, or when the returned function is called; only once. */
  onEnd(removal: () => void): () => void {
    const remove = (): void => {
      if (this.#removals.delete(remove)) removal();
    };
    this.#removals.add(remove);
    return remove;
  }

  /**
   * Runs `act`; errors are passed to {@link failed}. Not for code that runs for every message, since `act` is a
   * closure.
   */
  safely<Result>(act: () => Result): Result | undefined {
    try {
      return act();
    } catch (error) {
      this.failed(error);
      return undefined;
    }
  }

  /** Runs `act`; if it throws, its replacements are restored. Returns a function that restores them later. */
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

  /** Restores everything, in reverse order. */
  end(): void {
    for (const remove of [...this.#removals].toReversed()) this.safely(remove);
  }
}
