// Routes of Koa's routers: `@koa/router`, and the older `koa-router`.
import { fieldOf, isObject } from "../shared/fields.ts";
import type { Recording } from "../shared/recording.ts";
import { noteRoute, routeText } from "./routes.ts";

/** Where a router keeps the route that it has found, in the context of the request. */
const MATCHED_ROUTE = "_matchedRoute";

/**
 * Notes the routes of a Koa. `exports`, those of its `lib/context.js`, are what all contexts inherit from: the first time
 * that a router sets the route in one, a setter there is called, and the property becomes the context's own.
 */
export function watchKoa(recording: Recording<object>, exports: unknown): void {
  if (!isObject(exports) || MATCHED_ROUTE in exports)
    throw new TypeError("it exports no context to inherit from");
  const note = (context: object): void => {
    const request = fieldOf(context, "req");
    if (isObject(request)) noteRoute(request, () => routeText(fieldOf(context, MATCHED_ROUTE)));
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
