// What an instrumentation works with while it is enabled.
import { LogOnce } from "../../src/diagnostics/log-once.ts";
import {
  type Meter,
  type MeterProvider,
  type ObservableGauge,
  type ObservableResult,
} from "@opentelemetry/api";
import { type Method, wrapMethod } from "./wrap-method.ts";

/** Where an instrumentation records to, and how it is undone. */
export interface InstrumentationContext<Config> {
  /** As the instrumentation is switched: `mqtt`. */
  readonly name: string;
  readonly config: Config;
  /** For facades of the instrumentation's own, where its configuration gives none; `undefined` is the global one. */
  readonly meterProvider: MeterProvider | undefined;
  /** For instruments that no facade has. */
  readonly meter: Meter;
}

/**
 * One time that an instrumentation is enabled: its settings, what it has replaced, and its failures, which are logged once and
 * never reach the library.
 */
export class Recording<Config> {
  readonly name: string;
  readonly config: Config;
  readonly meterProvider: MeterProvider | undefined;
  readonly meter: Meter;
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
   * Replaces method `name` of `target` until the instrumentation ends, or until what this returns is called. What `wrap` gives
   * calls the original by `Reflect.apply(original, this, args)`, and catches what its own recording throws, for
   * {@link failed}. What this recording has replaced already stays as it is: a library that an application both imports
   * and requires comes twice, with the same classes.
   *
   * @throws TypeError where there is no such method: the library is not the one that the instrumentation knows.
   *
   * @example
   * recording.wrap(Channel.prototype, "publish", (publish) =>
   *   function (...args) {
   *     try { destinations.of(args[0]).sent(); } catch (error) { recording.failed(error); }
   *     return Reflect.apply(publish, this, args);
   *   });
   */
  wrap(target: unknown, name: string | symbol, wrap: (original: Method) => Method): () => void {
    const names = this.#namesOf(target);
    if (names?.has(name) === true) return () => {};
    const restore = wrapMethod(target, name, wrap);
    names?.add(name);
    return this.onEnd(() => {
      names?.delete(name);
      restore();
    });
  }

  /**
   * Has `see` told of each call of method `name` of `target`, before it: of its `this` and its arguments. What `see`
   * throws is for {@link failed}. As {@link wrap} in all else.
   */
  before(
    target: unknown,
    name: string | symbol,
    see: (self: unknown, args: readonly unknown[]) => void,
  ): () => void {
    const failed = (error: unknown): void => this.failed(error);
    return this.wrap(
      target,
      name,
      (original) =>
        function (...args) {
          try {
            see(this, args);
          } catch (error) {
            failed(error);
          }
          return Reflect.apply(original, this, args);
        },
    );
  }

  // The methods of `target` that are replaced; none of what can have none.
  #namesOf(target: unknown): Set<string | symbol> | undefined {
    if ((typeof target !== "object" || target === null) && typeof target !== "function") return undefined;
    const names = this.#wrapped.get(target) ?? new Set();
    this.#wrapped.set(target, names);
    return names;
  }

  /** Calls `observe` at each collection, until the instrumentation ends; what it throws is for {@link failed}. */
  observe(instrument: ObservableGauge, observe: (result: ObservableResult) => void): void {
    const callback = (result: ObservableResult): void => this.safely(() => observe(result));
    instrument.addCallback(callback);
    this.onEnd(() => instrument.removeCallback(callback));
  }

  /** Has `removal` run when the instrumentation ends, or when what this returns is called; never twice. */
  onEnd(removal: () => void): () => void {
    const remove = (): void => {
      if (this.#removals.delete(remove)) removal();
    };
    this.#removals.add(remove);
    return remove;
  }

  /** To be told of what recording has thrown: logged once, as the cause may come with every message. */
  failed(error: unknown): void {
    this.#once.error("", () => `instrumentation ${this.name}: something could not be recorded`, error);
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

  /**
   * Runs `act` whole or not at all: what it has replaced is put back where it throws. Returns what puts it back later.
   */
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
