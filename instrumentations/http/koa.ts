// Routes of Koa's routers: `@koa/router`, and the older `koa-router`.
import { fieldOf, isObject } from "../shared/fields.ts";
import type { Recording } from "../shared/recording.ts";
import { noteRoute, routeText, routingOf } from "./routes.ts";

/** Property of the request's context in which a router stores the matched route. */
const MATCHED_ROUTE = "_matchedRoute";

/**
 * Notes the routes of Koa. All contexts inherit from `exports`, those of `lib/context.js`. The first assignment of
 * the route in a context calls the setter defined there; the property then becomes the context's own.
 */
export function watchKoa(recording: Recording<object>, exports: unknown): void {
  if (!isObject(exports) || MATCHED_ROUTE in exports)
    throw new TypeError("it exports no context to inherit from");
  const note = (context: object): void => {
    const request = fieldOf(context, "req");
    if (isObject(request)) noteRoute(routingOf(request), () => routeText(fieldOf(context, MATCHED_ROUTE)));
  };
  Reflect.defineProperty(exports, MATCHED_ROUTE, {
    configurable: true,
    get: () => undefined,
    set(this: unknown, value: unknown) {
      if (!isObject(this)) return;
      Reflect.defineProperty(this, MATCHED_ROUTE, {
        value,
        writable: true,
        enumerable: true,
        configurable: true,
      });
      recording.safely(() => note(Object(this)));
    },
  });
  recording.onEnd(() => void Reflect.deleteProperty(exports, MATCHED_ROUTE));
}
