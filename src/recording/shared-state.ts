import type { Meter, MeterProvider } from "@opentelemetry/api";
import { VERSION } from "../version.ts";

const REGISTRY = Symbol.for(`tachymeter.facade_states ${VERSION}`);

/**
 * State of one facade until it finds its provider, then of all facades of a kind on that provider. Shared by all copies
 * of this package of one version, since a library may bring its own.
 */
export interface SharedState {
  /** Merges the state of a facade that has just found the provider. */
  absorb(other: this): void;
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

  /** Observes the provider's state, which is in `shared`, unless it is observed already. */
  observeOnce(provider: MeterProvider, meter: Meter, shared: Shared<State>): void {
    if (this.#observed.has(provider)) return;
    this.#observed.add(provider);
    this.observe(meter, shared);
  }
}

function registryOfProcess(): Map<string, object> {
  const known: unknown = Reflect.get(globalThis, REGISTRY);
  if (known instanceof Map) return known;
  const registry = new Map<string, object>();
  Object.defineProperty(globalThis, REGISTRY, { value: registry });
  return registry;
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
