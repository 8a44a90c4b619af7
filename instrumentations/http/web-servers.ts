// Requests to `Bun.serve` and `Deno.serve`.
import { replaceMethod } from "../../src/recording/replace-method.ts";
import { nanosSince, nowMillis } from "../shared/clock.ts";
import { fieldOf, isObject, isRecord } from "../shared/fields.ts";
import type { Recording } from "../shared/recording.ts";
import { ABORTED } from "./attributes.ts";
import { beginRouting, noteRoute, type Routing, routingsOf } from "./routes.ts";
import type { Kind, ServedFigures } from "./served-figures.ts";

/** A request whose handler has not returned the response. */
interface ServedFetch {
  readonly kind: Kind;
  readonly routing: Routing;
  readonly startMillis: number;
}

// Given up requests are searched at each collection, and whenever the number of active ones has doubled.
const FIRST_LOOK = 1_000;

type Handler = (this: unknown, ...given: readonly unknown[]) => unknown;

// Handlers outlive the recording in which their server was started.
let current: WebServers | undefined;

/**
 * Records the requests to `Bun.serve` and `Deno.serve`. A request lasts until its handler has returned the response; if it throws,
 * its status is 500. Responses without a handler are not seen: files, and routes of Bun that are a `Response`. Returns a function
 * that lists the kinds of the active requests.
 */
export function watchWebServers(
  recording: Recording<unknown>,
  figures: ServedFigures,
): () => readonly Kind[] {
  const servers = new WebServers(recording, figures);
  current = servers;
  recording.onEnd(() => (current = undefined));
  servers.watch("Bun", ([options, ...rest]) => [withHandlersOfBun(options), ...rest]);
  servers.watch("Deno", withHandlersOfDeno);
  return () => servers.active();
}

class WebServers {
  readonly #recording: Recording<unknown>;
  readonly #figures: ServedFigures;
  readonly #active = new Set<ServedFetch>();
  #nextLook = FIRST_LOOK;

  constructor(recording: Recording<unknown>, figures: ServedFigures) {
    this.#recording = recording;
    this.#figures = figures;
  }

  /** Replaces `serve` of a runtime. */
  watch(runtime: string, change: (args: readonly unknown[]) => readonly unknown[]): void {
    const owner: unknown = Reflect.get(globalThis, runtime);
    if (!isObject(owner)) return;
    const restore = replaceMethod(owner, "serve", (call, args) => {
      const server = call(this.#recording.safely(() => change(args)) ?? args);
      if (isObject(server))
        replaceMethod(server, "reload", (reload, given) =>
          reload(this.#recording.safely(() => change(given)) ?? given),
        );
      return server;
    });
    if (restore !== undefined) this.#recording.onEnd(restore);
  }

  /** The kinds of the active requests. */
  active(): readonly Kind[] {
    this.#endGivenUp();
    return Array.from(this.#active, ({ kind }) => kind);
  }

  /** Starts `request`, whose route is known if it has a handler of its own. Returns `undefined` if it is ignored. */
  begun(request: unknown, route: string | undefined): ServedFetch | undefined {
    if (!isObject(request)) return undefined;
    const kind = this.#figures.kindOf(request, String(fieldOf(request, "url")).startsWith("https:"));
    if (kind === undefined) return undefined;
    const routing = beginRouting(request, routingsOf(request));
    if (route !== undefined) noteRoute(routing, route);
    const served = { kind, routing, startMillis: nowMillis() };
    this.#active.add(served);
    if (this.#active.size >= this.#nextLook) this.#endGivenUp();
    return served;
  }

  // The handler of a request whose client has disconnected may never return. A listener for each request would cost more. Deno has
  // no such signal: it warns of each use.
  #endGivenUp(): void {
    if (!("Bun" in globalThis)) return;
    for (const served of this.#active) {
      const { kind, routing, startMillis } = served;
      if (fieldOf(fieldOf(routing.request, "signal"), "aborted") !== true) continue;
      this.#active.delete(served);
      this.#figures.ended(kind, routing, ABORTED, 0, nanosSince(startMillis), undefined);
    }
    this.#nextLook = Math.max(FIRST_LOOK, 2 * this.#active.size);
  }

  /** Ends a request. Those that became a WebSocket have no response, or one with status 101. */
  ended(served: ServedFetch, status: unknown, response: unknown): void {
    if (!this.#active.delete(served)) return;
    const { kind, routing, startMillis } = served;
    if (typeof status !== "number" || status === 101) return;
    const sent = isObject(response) ? response : undefined;
    this.#figures.ended(kind, routing, undefined, status, nanosSince(startMillis), sent);
  }

  /** Calls `act`; its errors are logged. */
  safely<Result>(act: () => Result): Result | undefined {
    return this.#recording.safely(act);
  }
}

// The options with measured handlers. They may be an instance of a class, so that other fields are inherited.
function withHandlersOfBun(options: unknown): unknown {
  // Servers of `node:http` are started by it, too.
  if (!isRecord(options) || "onNodeHTTPRequest" in options) return options;
  const { routes } = options;
  const handlers = { fetch: measuredValue(options["fetch"], undefined), routes: measuredRoutes(routes) };
  return withFields(options, handlers);
}

function withFields(options: object, fields: Readonly<Record<string, unknown>>): object {
  const given = Object.entries(fields).filter(([, value]) => value !== undefined);
  return Object.create(
    options,
    Object.fromEntries(given.map(([name, value]) => [name, { value, enumerable: true }])),
  );
}

// Handlers by path, or by path and method.
function measuredRoutes(routes: unknown): unknown {
  if (!isRecord(routes) || Array.isArray(routes)) return routes;
  return mapped(routes, (handler, route) =>
    isPlain(handler)
      ? mapped(handler, (ofMethod) => measuredValue(ofMethod, route))
      : measuredValue(handler, route),
  );
}

function mapped(record: object, change: (value: unknown, key: string) => unknown): object {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value, key)]));
}

function isPlain(value: unknown): value is object {
  return isObject(value) && [Object.prototype, null].includes(Object.getPrototypeOf(value));
}

// The handler is one of the first two arguments, or a field of the options. These stay as they are, since Deno looks for own fields,
// such as the path of a socket. A handler behind them goes before theirs.
function withHandlersOfDeno(args: readonly unknown[]): readonly unknown[] {
  const [first, , ...rest] = args;
  const handler = isRecord(first) && !args.some(isHandler) ? first["handler"] : undefined;
  if (isHandler(handler)) return [first, measured(handler, undefined), ...rest];
  return args.map((arg) => measuredValue(arg, undefined));
}

function measuredValue(value: unknown, route: string | undefined): unknown {
  return isHandler(value) ? measured(value, route) : value;
}

function isHandler(value: unknown): value is Handler {
  return typeof value === "function";
}

function measured(handler: Handler, route: string | undefined): Handler {
  // Deno passes no request to a function without parameters.
  return function (request, info, ...rest) {
    const given = [request, info, ...rest];
    const servers = current;
    const served = servers?.safely(() => servers.begun(request, route));
    if (servers === undefined || served === undefined) return Reflect.apply(handler, this, given);
    const end = (status: unknown, answer?: unknown): void =>
      servers.safely(() => servers.ended(served, status, answer));
    let response: unknown;
    try {
      response = Reflect.apply(handler, this, given);
    } catch (error) {
      end(500);
      throw error;
    }
    if (response instanceof Promise)
      response.then(
        (value) => end(fieldOf(value, "status"), value),
        () => end(500),
      );
    else end(fieldOf(response, "status"), response);
    return response;
  };
}
