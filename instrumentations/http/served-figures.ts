// Figures of requests served by the application.
import type { Attributes, Counter, Histogram, ObservableResult } from "@opentelemetry/api";
import { type BoundCounter, boundCounter, boundNanos, type BoundRecorder } from "../../src/recording/bind.ts";
import { ActiveRequests } from "./active-requests.ts";
import { isHttps, knownMethods, methodOf } from "./attributes.ts";
import { routeOf, type Routing } from "./routes.ts";

// The engine keeps the series of each handle.
const MAX_HANDLES = 100;

/** Requests of one method, scheme and protocol version. */
export interface Kind {
  readonly method: string;
  /** Number for the scheme and protocol version. */
  readonly key: number;
  readonly attributes: Attributes;
  /** Attributes of its active requests. */
  readonly ofActive: Attributes;
  /** Attributes of the count of its ended requests. */
  readonly ofCount: Attributes;
  /** Handles of complete responses, by route and status. */
  readonly handles: Map<string | undefined, Map<number, Handles>>;
}

interface Handles {
  readonly requests: BoundCounter;
  readonly duration: BoundRecorder | undefined;
}

const METHOD = "http.request.method";
const STATUS = "http.response.status_code";

/** Records ended requests, and observes active ones. */
export class ServedFigures {
  readonly #counter: Counter;
  readonly #durations: Histogram | undefined;
  readonly #knownMethods = knownMethods();
  readonly #kinds = new Map<string, Map<number, Kind>>();
  readonly #activeRequests = new ActiveRequests();
  #handles = 0;

  /** @param durations `undefined` if another instrumentation records them. */
  constructor(counter: Counter, durations: Histogram | undefined) {
    this.#counter = counter;
    this.#durations = durations;
  }

  /** Whether durations are recorded. */
  get isTimed(): boolean {
    return this.#durations !== undefined;
  }

  /** Returns the kind of a request; `undefined` if it is ignored. `isEncrypted`: whether its connection is. `version` is 10 for HTTP/1.0, 20 for HTTP/2, 0 if it is unknown. */
  kindOf(request: object, isEncrypted: boolean, version = 0): Kind | undefined {
    const method = methodOf(request, this.#knownMethods);
    const key = 10 * version + (isHttps(request, isEncrypted) ? 1 : 0);
    return this.#kinds.get(method)?.get(key) ?? this.#newKind(method, key);
  }

  /** Returns the kind for a request of another recording. */
  sameKind({ method, key }: Kind): Kind {
    return this.#kinds.get(method)?.get(key) ?? this.#newKind(method, key);
  }

  #newKind(method: string, key: number): Kind {
    const version = Math.floor(key / 10);
    const ofActive = { [METHOD]: method, "url.scheme": key % 10 === 1 ? "https" : "http" };
    const attributes = {
      ...ofActive,
      ...(version > 0 && { "network.protocol.version": version < 20 ? (version / 10).toFixed(1) : "2" }),
    };
    const kinds = this.#kinds.get(method) ?? new Map<number, Kind>();
    const kind: Kind = {
      method,
      key,
      attributes,
      ofActive,
      ofCount: { [METHOD]: method },
      handles: new Map(),
    };
    this.#kinds.set(method, kinds.set(key, kind));
    this.#activeRequests.add(ofActive);
    return kind;
  }

  /** Observes the number of active requests by method and scheme. */
  observe(result: ObservableResult, active: Iterable<Kind>): void {
    this.#activeRequests.observe(
      result,
      Array.from(active, ({ ofActive }) => ofActive),
    );
  }

  /**
   * Records a request whose response was sent, or which failed by `failure`: the `error.type`. A status of 0 is unknown.
   * `_response` is for subclasses.
   */
  ended(
    kind: Kind,
    routing: Routing,
    failure: string | undefined,
    status: number,
    nanos: number,
    _response: object | undefined,
  ): void {
    const route = routeOf(routing);
    // A handle needs no search for the series by its attributes.
    const handles =
      failure === undefined
        ? (kind.handles.get(route)?.get(status) ?? this.#bind(kind, route, status))
        : undefined;
    if (handles === undefined) this.record(kind, route, failure, status, nanos);
    else {
      handles.requests.add(1);
      handles.duration?.record(nanos);
    }
  }

  /** Records an ended request without a handle. */
  protected record(
    kind: Kind,
    route: string | undefined,
    failure: string | undefined,
    status: number,
    nanos: number,
  ): void {
    this.#counter.add(1, countedAttributes(kind, status, failure));
    this.#durations?.record(nanos / 1e9, timedAttributes(kind, route, status, failure));
  }

  // Returns `undefined` if there are too many handles.
  #bind(kind: Kind, route: string | undefined, status: number): Handles | undefined {
    if (this.#handles >= MAX_HANDLES) return undefined;
    this.#handles++;
    const handles: Handles = {
      requests: boundCounter(this.#counter, countedAttributes(kind, status)),
      duration: this.#durations && boundNanos(this.#durations, timedAttributes(kind, route, status)),
    };
    const byStatus = kind.handles.get(route) ?? new Map<number, Handles>();
    kind.handles.set(route, byStatus.set(status, handles));
    return handles;
  }
}

/** Returns the kind with the application's attributes. Those of the conventions win. */
export function kindWith(kind: Kind, further: Attributes): Kind {
  return {
    ...kind,
    attributes: { ...further, ...kind.attributes },
    ofCount: { ...further, ...kind.ofCount },
    handles: new Map(),
  };
}

function countedAttributes({ ofCount }: Kind, status: number, failure?: string): Attributes {
  return {
    ...ofCount,
    ...(failure === undefined ? statusAttribute(status) : { "error.type": failure }),
  };
}

/** Attributes of a duration. A status of 0 is unknown. */
export function timedAttributes(
  kind: Kind,
  route: string | undefined,
  status: number,
  failure: string | undefined = status >= 500 ? String(status) : undefined,
): Attributes {
  return {
    ...attributesOf(kind, route),
    ...statusAttribute(status),
    ...(failure !== undefined && { "error.type": failure }),
  };
}

function statusAttribute(status: number): Attributes {
  return status >= 100 && status <= 599 ? { [STATUS]: status } : {};
}

function attributesOf({ attributes }: Kind, route: string | undefined): Attributes {
  return route === undefined ? { ...attributes } : { ...attributes, "http.route": route };
}
