import type { Meter, MeterProvider } from "@opentelemetry/api";
import { sharedByCopies } from "../io/shared-by-copies.ts";

/**
 * State of one facade until it finds its provider, then of all facades of a kind on that provider. Shared by all copies
 * of this package of one version, since a library may bring its own.
 */
export interface SharedState {
  /** Merges the state of a facade that has just found the provider. */
  absorb(other: this): void;
  /** Returns the part of the state that other members of a group get, as plain JSON; `undefined` if it is empty. */
  facts?(): unknown;
  /** Replaces the facts of another member, some for each of its threads; `undefined` if it has ended. */
  setFacts?(member: string, facts: readonly unknown[] | undefined): void;
}

/** Facades whose results are combined in one metric. */
export class Members<Member> implements SharedState {
  readonly #members: Set<Member>;

  constructor(member: Member) {
    this.#members = new Set([member]);
  }

  absorb(other: Members<Member>): void {
    for (const member of other.#members) this.#members.add(member);
  }

  /** Concatenates the results of all members. */
  flatMap<Result>(answer: (member: Member) => readonly Result[]): Result[] {
    return [...this.#members].flatMap(answer);
  }
}

/** The current state of a facade: its own, then that of its provider. */
export interface Shared<State> {
  readonly state: State;
}

/** A provider that delegates to another one, perhaps registered later. */
export interface ProviderInFront extends MeterProvider {
  /** A provider whose measurements are not delegated. */
  readonly own: MeterProvider;
  /** Calls `adopt` with the provider behind: now, or once it is registered. */
  whenFound(adopt: (behind: MeterProvider) => void): void;
}

/** Creates the observable instruments of a kind of facade, whose callbacks read `shared`. */
type Observe<State> = (meter: Meter, shared: Shared<State>) => void;

/** Creates and observes the states of one kind of facade. */
export interface KindOfState<State extends SharedState, Given extends readonly unknown[]> {
  /** Name of the kind in all copies of this package. */
  readonly kind: string;
  /** Creates the state of one facade. */
  readonly create: (...given: Given) => State;
  readonly observe: Observe<State>;
}

/** The states of one kind of facade by provider. */
export class StateOfProviders<State extends SharedState, Given extends readonly unknown[]> {
  readonly create: (...given: Given) => State;
  readonly observe: Observe<State>;
  readonly #states = new WeakMap<MeterProvider, State>();
  readonly #observed = new WeakSet<MeterProvider>();

  private constructor({ create, observe }: KindOfState<State, Given>) {
    this.create = create;
    this.observe = observe;
  }

  /**
   * Returns the states of a kind: those of the first copy of this package that used it. Called when a facade is
   * created.
   */
  static of<State extends SharedState, Given extends readonly unknown[]>(
    kind: KindOfState<State, Given>,
  ): StateOfProviders<State, Given> {
    const registry = registryOfProcess();
    const known = registry.get(kind.kind);
    if (known !== undefined && isLikeOurs<State, Given>(known)) return known;
    const own = new StateOfProviders(kind);
    registry.set(kind.kind, own);
    return own;
  }

  /** Merges `own` into the provider's state, and returns the result. */
  join(provider: MeterProvider, own: State): State {
    const known = this.#states.get(provider);
    if (known === undefined) this.#states.set(provider, own);
    else if (known !== own) known.absorb(own);
    return known ?? own;
  }

  /** Returns the state of a provider, if a facade has found it. */
  stateOf(provider: MeterProvider): State | undefined {
    return this.#states.get(provider);
  }

  /** Observes the provider's state, which is in `shared`, unless it is observed already. */
  observeOnce(provider: MeterProvider, meter: Meter, shared: Shared<State>): void {
    if (this.#observed.has(provider)) return;
    this.#observed.add(provider);
    this.observe(meter, shared);
  }
}

function registryOfProcess(): Map<string, object> {
  return sharedByCopies("facade_states", () => new Map<string, object>());
}

// Another copy of this package has an equal class of its own.
function isLikeOurs<State extends SharedState, Given extends readonly unknown[]>(
  known: object,
): known is StateOfProviders<State, Given> {
  return "create" in known && "join" in known && "observeOnce" in known;
}

export function isInFront(provider: MeterProvider): provider is ProviderInFront {
  return "whenFound" in provider && typeof provider.whenFound === "function";
}

/** Returns the facts of the states of a provider by kind; `undefined` without any. */
export function factsOn(provider: MeterProvider): Readonly<Record<string, unknown>> | undefined {
  const all = [...registryOfProcess()].flatMap(([kind, states]) => {
    const facts = hasStates(states) ? states.stateOf(provider)?.facts?.() : undefined;
    return facts === undefined ? [] : [[kind, facts]];
  });
  return all.length === 0 ? undefined : Object.fromEntries(all);
}

/** Replaces the facts of another member of a group; `undefined` if it has ended. */
export function setFactsOn(
  provider: MeterProvider,
  member: string,
  all: readonly Readonly<Record<string, unknown>>[] | undefined,
): void {
  for (const [kind, states] of registryOfProcess()) {
    if (!hasStates(states)) continue;
    const facts = all?.map((each) => each[kind]).filter((each) => each !== undefined);
    states.stateOf(provider)?.setFacts?.(member, facts);
  }
}

function hasStates(known: object): known is { stateOf(provider: MeterProvider): SharedState | undefined } {
  return "stateOf" in known;
}
