// Attributes that the application adds to the figures of its requests, and requests that it ignores.
import type { Attributes, Counter } from "@opentelemetry/api";
import { check, type Check } from "../../src/options/check.ts";
import { anyWildcardTest } from "../../src/options/wildcards.ts";
import { cleanAttributes } from "../../src/recording/attributes.ts";
import { BoundedNames, OTHER_NAME } from "../../src/recording/bounded-names.ts";
import { FacadeMeter } from "../../src/recording/facade-meter.ts";
import { attached } from "../shared/attached.ts";
import { fieldOf, isObject } from "../shared/fields.ts";
import { Chosen, remember } from "../shared/names.ts";
import type { Recording } from "../shared/recording.ts";
import { headerIn } from "./attributes.ts";
import type { BodySizes } from "./body-sizes.ts";
import { ClientDurations } from "./client-durations.ts";
import { answeredAttributes, ClientRequests } from "./client-requests.ts";
import type { HttpInstrumentationConfig } from "./index.ts";
import { routeOf, type Routing } from "./routes.ts";
import { type Kind, kindWith, ServedFigures, timedAttributes } from "./served-figures.ts";

const MAX_VALUES = 100;
const MAX_LENGTH = 100;

const ATTRIBUTES: Check<object> = {
  must: "return an object of attributes",
  read: (value) => {
    const given = value ?? {};
    return isObject(given) && !Array.isArray(given) && !(given instanceof Promise) ? given : undefined;
  },
};
const IS_IGNORED = check("return true or false", (value): value is boolean => typeof value === "boolean");

interface Header {
  readonly name: string;
  readonly attribute: string;
  readonly values: BoundedNames;
}

/** Attributes of requests by options `attributes` and `requestHeaders`. */
export class OwnAttributes {
  readonly #chosen: Chosen<[object, object | undefined], object> | undefined;
  readonly #headers: readonly Header[];
  readonly #dropped: FacadeMeter["dropped"];
  readonly #kept = attached<Attributes | null>();

  constructor(recording: Recording<HttpInstrumentationConfig>) {
    const { attributes, requestHeaders = [] } = recording.config;
    const otherwise = "the request is recorded without its attributes";
    this.#chosen = attributes && new Chosen(recording, "attributes", attributes, ATTRIBUTES, otherwise);
    this.#headers = requestHeaders.map((given) => {
      const name = given.toLowerCase();
      return { name, attribute: `http.request.header.${name}`, values: new BoundedNames(MAX_VALUES) };
    });
    this.#dropped = new FacadeMeter("tachymeter.http", recording).dropped;
  }

  /** Whether there are attributes of headers alone, each with few values. */
  get isBounded(): boolean {
    return this.#chosen === undefined;
  }

  /** Returns the attributes of a request; `undefined` if it has none. Calls the application's function. */
  of(request: object, response: object | undefined): Attributes | undefined {
    let all: Attributes | undefined;
    for (const { name, attribute, values } of this.#headers) {
      const value = headerOf(request, name);
      if (value === undefined) continue;
      all ??= {};
      all[attribute] = value.length > MAX_LENGTH ? OTHER_NAME : values.of(value);
    }
    if (this.#chosen === undefined) return all;
    const chosen = this.#chosen.of(request, response);
    if (chosen === undefined) this.#dropped.countLabel("invalid");
    const clean = cleanAttributes(chosen, (key) => this.#dropped.label("http", "invalid", key));
    return clean === undefined ? all : { ...all, ...clean };
  }

  /** The same for an own request, from the first call on for `key`, which stands for it. */
  once(key: object, response: unknown, request: object = key): Attributes | undefined {
    const known = this.#kept.get(key);
    if (known !== undefined) return known ?? undefined;
    const all = this.of(request, isObject(response) ? response : undefined);
    this.#kept.set(key, all ?? null);
    return all;
  }
}

/** Returns the values of a request's header; `undefined` if it has none. */
function headerOf(request: object, name: string): string | undefined {
  const value = headerIn(request, name);
  if (typeof value === "string") return value;
  if (Array.isArray(value)) return value.join(", ");
  return typeof value === "number" ? String(value) : undefined;
}

/** Figures of served requests with own attributes and sizes, without those of ignored requests. */
export class ChosenFigures extends ServedFigures {
  readonly #own: OwnAttributes | undefined;
  readonly #isIgnored: (request: object) => boolean;
  readonly #recordSizes: BodySizes["served"] | undefined;
  readonly #kinds = new Map<string, Kind>();

  constructor(
    recording: Recording<HttpInstrumentationConfig>,
    own: OwnAttributes | undefined,
    sizes: BodySizes | undefined,
    ...instruments: ConstructorParameters<typeof ServedFigures>
  ) {
    super(...instruments);
    this.#own = own;
    this.#recordSizes = sizes?.served;
    this.#isIgnored = ignoredBy(recording);
  }

  override kindOf(request: object, isEncrypted: boolean, version?: number): Kind | undefined {
    return this.#isIgnored(request) ? undefined : super.kindOf(request, isEncrypted, version);
  }

  override ended(
    kind: Kind,
    routing: Routing,
    failure: string | undefined,
    status: number,
    nanos: number,
    response: object | undefined,
  ): void {
    const further = this.#own?.of(routing.request, response);
    const isBounded = this.#own?.isBounded !== false;
    const own =
      further === undefined ? kind : isBounded ? this.#boundedKind(kind, further) : kindWith(kind, further);
    if (further === undefined || isBounded) super.ended(own, routing, failure, status, nanos, response);
    else this.record(own, routeOf(routing), failure, status, nanos);
    this.#recordSizes?.(timedAttributes(own, routeOf(routing), status, failure), routing.request, response);
  }

  // Handles are for few sets of attributes: the values of headers.
  #boundedKind(kind: Kind, further: Attributes): Kind {
    // Neither a name nor a value of a header has line breaks.
    const key = `${kind.method} ${kind.key}\n${Object.entries(further).join("\n")}`;
    const known = this.#kinds.get(key);
    if (known !== undefined) return known;
    const own = kindWith(kind, further);
    remember(this.#kinds, key, own);
    return own;
  }
}

function ignoredBy(recording: Recording<HttpInstrumentationConfig>): (request: object) => boolean {
  const paths: string[] = [];
  const expressions: RegExp[] = [];
  const functions: Chosen<[object], boolean>[] = [];
  for (const each of recording.config.ignore ?? []) {
    if (typeof each === "string") paths.push(each);
    else if (typeof each === "function")
      functions.push(new Chosen(recording, "ignore", each, IS_IGNORED, "the request is recorded"));
    else expressions.push(each);
  }
  const isPath = anyWildcardTest(paths.filter((path) => !path.includes(" ")));
  const isMethodAndPath = anyWildcardTest(paths.filter((path) => path.includes(" ")));
  return (request) => {
    const path = pathOf(request);
    return (
      isPath(path) ||
      isMethodAndPath(`${String(fieldOf(request, "method"))} ${path}`) ||
      // `test` keeps a position if the expression is global.
      expressions.some((expression) => path.search(expression) >= 0) ||
      functions.some((each) => each.of(request) === true)
    );
  };
}

// Requests of `Bun.serve` and `Deno.serve`, and those to proxies, have the whole URL.
function pathOf(request: object): string {
  const [path = ""] = String(fieldOf(request, "url")).split(/[?#]/, 1);
  return path.replace(/^[a-z]+:\/\/[^/]*/i, "") || "/";
}

/** Numbers of own requests with own attributes. */
export class ChosenClientRequests extends ClientRequests {
  readonly #counter: Counter;
  readonly #own: OwnAttributes;

  constructor(counter: Counter, active: Map<object, string>, own: OwnAttributes) {
    super(counter, active);
    this.#counter = counter;
    this.#own = own;
  }

  protected override count(method: string, status: number, request: object, response: unknown): void {
    const further = this.#own.once(request, response);
    if (further === undefined) super.count(method, status, request, response);
    else this.#counter.add(1, { ...further, ...answeredAttributes(method, status) });
  }

  protected override countFailed(attributes: Attributes, request: object): void {
    super.countFailed({ ...this.#own.once(request, undefined), ...attributes }, request);
  }
}

/** Durations of own requests with own attributes and sizes. */
export class ChosenClientDurations extends ClientDurations {
  readonly #own: OwnAttributes | undefined;
  readonly #recordSizes: BodySizes["sent"] | undefined;

  constructor(
    own: OwnAttributes | undefined,
    sizes: BodySizes | undefined,
    ...rest: ConstructorParameters<typeof ClientDurations>
  ) {
    super(...rest);
    this.#own = own;
    this.#recordSizes = sizes?.sent;
  }

  protected override record(
    seconds: number,
    attributes: Attributes,
    request: object,
    response: unknown,
  ): void {
    const all =
      this.#own === undefined ? attributes : { ...this.#own.once(request, undefined), ...attributes };
    super.record(seconds, all, request, response);
    this.#recordSizes?.(all, request, response);
  }
}
