// Routes of Hono on Node.js, by `@hono/node-server`.
import { fieldOf, hasMethods, isObject, listIn } from "../shared/fields.ts";
import type { Recording } from "../shared/recording.ts";
import { noteRoute, routeText, routingOf } from "./routes.ts";

type Fetch = (request: unknown, env: unknown, ...rest: readonly unknown[]) => unknown;

/** The fields of an application that are used. */
interface Application {
  fetch: Fetch;
  getPath(request: unknown, options: object): string;
  readonly router: { match(method: string, path: string): unknown };
}

// Property in which Hono keeps the handler of a mounted application that has its own error handler; a symbol in its
// first versions.
const COMPOSED_HANDLER = "__COMPOSED_HANDLER";
const COMPOSED_SYMBOL = "composedHandler";

/**
 * Notes the routes of Hono applications. `fetch` is an own property of each application, so class `Hono` is replaced
 * in `exports` by a proxy that observes each new application.
 */
export function watchHono(recording: Recording<object>, exports: unknown): void {
  const Hono = fieldOf(exports, "Hono");
  if (typeof Hono !== "function" || !isObject(exports)) throw new TypeError(`it exports no class "Hono"`);
  const watch = (application: unknown): void => {
    if (!isApplication(application)) return;
    const { fetch } = application;
    application.fetch = (request, env, ...rest) => {
      try {
        noteMatch(application, request, env);
      } catch (error) {
        recording.failed(error);
      }
      return Reflect.apply(fetch, application, [request, env, ...rest]);
    };
  };
  const proxy = new Proxy(Hono, {
    construct(target, args, newTarget) {
      const made: unknown = Reflect.construct(target, args, newTarget);
      watch(made);
      return Object(made);
    },
  });
  // Applications are instances of this inner class.
  const inner: unknown = Object.getPrototypeOf(Hono.prototype);
  recording.after(inner, "basePath", (_self, made) => watch(made));
  if (!Reflect.set(exports, "Hono", proxy)) throw new TypeError(`class "Hono" cannot be replaced`);
  recording.onEnd(() => void Reflect.set(exports, "Hono", Hono));
}

function noteMatch(application: Application, request: unknown, env: unknown): void {
  // The request itself is served by Bun or Deno.
  const incoming = fieldOf(env, "incoming") ?? request;
  // A mounted application does not know the whole route.
  if (!isObject(incoming)) return;
  const routing = routingOf(incoming);
  if (routing === undefined || routing.isNoted) return;
  const method = fieldOf(request, "method");
  const path = application.getPath(request, { env });
  const matched = application.router.match(method === "HEAD" ? "GET" : String(method), path);
  noteRoute(routing, answeringRoute(listIn(matched, 0).map((entry) => fieldOf(fieldOf(entry, 0), 1))));
}

// Handlers that a request passes, in order. The first one without a `next` parameter responds. One with `next` may
// respond too, unless it is middleware, which is registered for all methods.
function answeringRoute(handlers: readonly unknown[]): string | undefined {
  const found =
    handlers.find((handler) => !takesNext(handler)) ??
    handlers.findLast((handler) => fieldOf(handler, "method") !== "ALL");
  return routeText(fieldOf(found, "path"));
}

function takesNext(route: unknown): boolean {
  const handler = fieldOf(route, "handler");
  const inner = composedHandler(Object(handler)) ?? handler;
  return typeof inner === "function" && inner.length > 1;
}

function composedHandler(handler: object): unknown {
  const symbols = Object.getOwnPropertySymbols(handler);
  const key = symbols.find(({ description }) => description === COMPOSED_SYMBOL) ?? COMPOSED_HANDLER;
  return Reflect.get(handler, key);
}

function isApplication(value: unknown): value is Application {
  return hasMethods(value, "fetch", "getPath") && hasMethods(fieldOf(value, "router"), "match");
}
