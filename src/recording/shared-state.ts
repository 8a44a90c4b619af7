// State that all facades of one kind on one provider share, so that no figure of one hides that of another. Copies of
// this package share it too, if they are of one version: a library may bring its own.
import type { Meter, MeterProvider } from "@opentelemetry/api";
import { VERSION } from "../version.ts";

const REGISTRY = Symbol.for(`tachymeter.facade_states ${VERSION}`);

/** State of one facade until it finds its provider, and of all facades there after that. */
export interface SharedState {
  /** Takes in the state of a facade that has just found the provider. */
  absorb(other: this): void;
}

/** Facades that answer for themselves, where a figure covers all of them. */
export class Members<Member> implements SharedState {
  readonly #members: Set<Member>;

  constructor(member: Member) {
    this.#members = new Set([member]);
  }

  absorb(other: Members<Member>): void {
    for (const member of other.#members) this.#members.add(member);
  }

  /** What `answer` gives for all of them, in one list. */
  flatMap<Result>(answer: (member: Member) => readonly Result[]): Result[] {
    return [...this.#members].flatMap(answer);
  }
}

/** The state that a facade uses now: its own, then that of its provider. */
export interface Shared<State> {
  readonly state: State;
}

/** A provider in front of another one, which it may have to wait for. */
export interface ProviderInFront extends MeterProvider {
  /** Calls `adopt` with the provider behind it: now, or once it is registered. */
  whenFound(adopt: (behind: MeterProvider) => void): void;
}

/** Makes the observable instruments of a kind of facade, and the callbacks that read `shared` for them. */
type Observe<State> = (meter: Meter, shared: Shared<State>) => void;

/** How the states of one kind of facade are made and observed. */
export interface KindOfState<State extends SharedState, Given extends readonly unknown[]> {
  /** Names the kind, in all copies of this package. */
  readonly kind: string;
  /** Makes the state of one facade. */
  readonly create: (...given: Given) => State;
  readonly observe: Observe<State>;
}

/** The states of one kind of facade, one for each provider. */
export class StateOfProviders<State extends SharedState, Given extends readonly unknown[]> {
  /** Makes the state of one facade. */
  readonly create: (...given: Given) => State;
  /** Has the state of `shared` observed by `meter`. */
  readonly observe: Observe<State>;
  readonly #states = new WeakMap<MeterProvider, State>();
  readonly #observed = new WeakSet<MeterProvider>();

  private constructor({ create, observe }: KindOfState<State, Given>) {
    this.create = create;
    this.observe = observe;
  }

  /** Those of a kind: of the copy of this package that has asked for them first. Called when a facade is made. */
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

  /** The state on `provider`, after it has taken in `own`. */
  join(provider: MeterProvider, own: State): State {
    const known = this.#states.get(provider);
    if (known === undefined) this.#states.set(provider, own);
    else if (known !== own) known.absorb(own);
    return known ?? own;
  }

  /** Has the state on `provider`, which `shared` holds, observed by `meter`, unless it already is. */
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

// Another copy of this package has a class of its own, which is alike.
function isLikeOurs<State extends SharedState, Given extends readonly unknown[]>(
  known: object,
): known is StateOfProviders<State, Given> {
  return "create" in known && "join" in known && "observeOnce" in known;
}

/** Whether a provider stands in front of another one. */
export function isInFront(provider: MeterProvider): provider is ProviderInFront {
  return "whenFound" in provider && typeof provider.whenFound === "function";
}
