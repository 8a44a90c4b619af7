// Routes of h3, on which Nitro and Nuxt are built.
import { prototypeOf } from "../shared/exports.ts";
import { fieldOf, isObject } from "../shared/fields.ts";
import type { Recording } from "../shared/recording.ts";
import { noteRoute, routeText, routingOf } from "./routes.ts";

/** Notes the routes of h3: those of class `H3` in version 2, of routers in version 1. */
export function watchH3(recording: Recording<object>, exports: unknown): void {
  const H3 = fieldOf(exports, "H3");
  if (H3 === undefined) {
    recording.after(exports, "createRouter", (_self, router) => watchRouter(recording, router));
    return;
  }
  recording.after(prototypeOf(H3), "~findRoute", (_self, found, event) => {
    const node = fieldOf(fieldOf(fieldOf(event, "req"), "runtime"), "node");
    note(fieldOf(node, "req"), () => fieldOf(fieldOf(found, "data"), "route"));
  });
}

function watchRouter(recording: Recording<object>, router: unknown): void {
  const handler = fieldOf(router, "handler");
  if (!isObject(router) || typeof handler !== "function") return;
  // A proxy, since h3 marks its handlers by properties.
  const watched = new Proxy(handler, {
    apply(target, self, args: unknown[]) {
      recording.safely(() => noteMatch(args[0]));
      return Reflect.apply(target, self, args);
    },
  });
  Reflect.set(router, "handler", watched);
}

// The router stores its match in the event, after which an inner router may store another.
function noteMatch(event: unknown): void {
  const request = fieldOf(fieldOf(event, "node"), "req");
  const prefix = mountedAt(fieldOf(request, "originalUrl"), fieldOf(event, "path"));
  note(request, () => {
    const path = fieldOf(fieldOf(fieldOf(event, "context"), "matchedRoute"), "path");
    return typeof path === "string" ? prefix + path : undefined;
  });
}

// Mounts have no parameters: what they cut off a path is a pattern.
function mountedAt(whole: unknown, rest: unknown): string {
  if (typeof whole !== "string" || typeof rest !== "string" || !whole.endsWith(rest)) return "";
  return whole.slice(0, whole.length - rest.length);
}

function note(request: unknown, pattern: () => unknown): void {
  if (isObject(request)) noteRoute(routingOf(request), () => routeText(pattern()));
}
