// Routes of Koa's routers: `@koa/router`, and the older `koa-router`. Those of Feathers on Koa, too.
import { prototypeOf } from "../shared/exports.ts";
import { fieldOf, isObject } from "../shared/fields.ts";
import type { Recording } from "../shared/recording.ts";
import { feathersRoute } from "./feathers.ts";
import { noteRoute, routeOf, routingOf } from "./routes.ts";

/**
 * Notes the routes of Koa. An application creates a context for each request. A router stores the route that matched there, and may
 * store another one, so it is read when the request ends.
 */
export function watchKoa(recording: Recording<object>, exports: unknown): void {
  recording.after(prototypeOf(exports), "createContext", (_application, context, request) => {
    const routing = isObject(request) ? routingOf(request) : undefined;
    if (routing === undefined) return;
    // Without a match, the route is that of an application around this one, or of another framework within it.
    const around = { ...routing };
    noteRoute(routing, () => fieldOf(context, "_matchedRoute") ?? feathersRoute(context) ?? routeOf(around));
  });
}
