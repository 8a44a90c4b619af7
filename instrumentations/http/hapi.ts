// Routes of Hapi.
import { fieldOf, isObject } from "../shared/fields.ts";
import { prototypeOf } from "../shared/exports.ts";
import type { Recording } from "../shared/recording.ts";
import { noteRoute, routeText, routingOf } from "./routes.ts";

/** Notes the routes of Hapi. `exports` is class `Request` of `lib/request.js`, whose method looks the route up. */
export function watchHapi(recording: Recording<object>, exports: unknown): void {
  recording.after(prototypeOf(exports), "_lookup", (request) => {
    const incoming = fieldOf(fieldOf(request, "raw"), "req");
    const route = fieldOf(request, "route");
    // Its own routes respond to requests without one.
    const isOwn = fieldOf(route, "method") === "_special";
    if (isObject(incoming))
      noteRoute(routingOf(incoming), isOwn ? undefined : routeText(fieldOf(route, "path")));
  });
}
