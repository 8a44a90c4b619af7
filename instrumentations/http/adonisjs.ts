// Routes of AdonisJS.
import { prototypeOf } from "../shared/exports.ts";
import { fieldOf, isObject } from "../shared/fields.ts";
import type { Recording } from "../shared/recording.ts";
import { noteRoute, routeText, routingOf } from "./routes.ts";

/** Notes the routes of AdonisJS, which stores the matched one in the context of a request. */
export function watchAdonis(recording: Recording<object>, exports: unknown): void {
  recording.after(prototypeOf(fieldOf(exports, "Server")), "createHttpContext", (_server, context) => {
    const request = fieldOf(fieldOf(context, "request"), "request");
    if (isObject(request))
      noteRoute(routingOf(request), () => routeText(fieldOf(fieldOf(context, "route"), "pattern")));
  });
}
