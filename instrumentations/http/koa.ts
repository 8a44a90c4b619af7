// Routes of Koa's routers: `@koa/router`, and the older `koa-router`. Those of Feathers on Koa, too.
import { fieldOf, isObject } from "../shared/fields.ts";
import { feathersRoute } from "./feathers.ts";
import type { Recording } from "../shared/recording.ts";
import { noteRoute, routeText, routingOf } from "./routes.ts";

/** Properties of a request's context in which a router stores its match, and the routes in them. */
const MATCHES: Readonly<Record<string, (context: object) => string | undefined>> = {
  _matchedRoute: (context) => routeText(fieldOf(context, "_matchedRoute")),
  lookup: feathersRoute,
};

/**
 * Notes the routes of Koa. All contexts inherit from `exports`, those of `lib/context.js`. The first assignment of
 * a match in a context calls the setter defined there; the property then becomes the context's own.
 */
export function watchKoa(recording: Recording<object>, exports: unknown): void {
  if (!isObject(exports) || Object.keys(MATCHES).some((name) => name in exports))
    throw new TypeError("it exports no context to inherit from");
  for (const [name, route] of Object.entries(MATCHES)) {
    Reflect.defineProperty(exports, name, {
      configurable: true,
      get: () => undefined,
      set(this: unknown, value: unknown) {
        if (!isObject(this)) return;
        Reflect.defineProperty(this, name, { value, writable: true, enumerable: true, configurable: true });
        recording.safely(() => note(Object(this), route));
      },
    });
    recording.onEnd(() => void Reflect.deleteProperty(exports, name));
  }
}

// A router may change its match. The application may have a property of the same name.
function note(context: object, route: (context: object) => string | undefined): void {
  const request = fieldOf(context, "req");
  if (isObject(request) && route(context) !== undefined) noteRoute(routingOf(request), () => route(context));
}
