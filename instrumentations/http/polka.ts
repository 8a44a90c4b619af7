// Routes of Polka, in version 0.5 and the newest prerelease of 1.0.
import { fieldOf, isObject } from "../shared/fields.ts";
import { type Callback, isCallback } from "../shared/observed.ts";
import type { Recording } from "../shared/recording.ts";
import { noteRoute, routeText, routingOf } from "./routes.ts";

// Paths at which applications are mounted. They have no parameters.
const mounts = new Set<string>();

/**
 * Notes the routes of Polka when their first handler is called. `exports` is a function that makes an application. Handlers stay
 * as they were added, so that an application keeps its routes after a `shutdown()` and another `start()`.
 */
export function watchPolka(recording: Recording<object>, exports: unknown): void {
  const polka: unknown = typeof exports === "function" ? exports : fieldOf(exports, "default");
  if (!isCallback(polka)) throw new TypeError("it exports no function that makes an application");
  const prototype: unknown = Object.getPrototypeOf(polka());
  recording.wrap(prototype, "add", (add) => {
    return function (method, pattern, ...handlers) {
      const [first, ...others] = handlers.flat();
      const seen = isCallback(first) ? noting(recording, pattern, first) : first;
      return Reflect.apply(add, this, [method, pattern, seen, ...others]);
    };
  });
  recording.before(prototype, "use", (_app, base) => {
    if (typeof base === "string" && base !== "/") mounts.add(base.startsWith("/") ? base : `/${base}`);
  });
}

function noting(recording: Recording<object>, pattern: unknown, handler: Callback): Callback {
  return function (...args) {
    try {
      note(args[0], pattern);
    } catch (error) {
      recording.failed(error);
    }
    return Reflect.apply(handler, this, args);
  };
}

// Polka has cut the path of the mount off `url`. It cannot be mounted in Express, whose requests refuse its fields.
function note(request: unknown, pattern: unknown): void {
  const routing = isObject(request) ? routingOf(request) : undefined;
  if (routing === undefined) return;
  if (typeof pattern !== "string") return noteRoute(routing, routeText(pattern));
  const whole = pathIn(fieldOf(request, "originalUrl"));
  const rest = pathIn(fieldOf(request, "url"));
  const mount = whole.endsWith(rest) ? whole.slice(0, whole.length - rest.length) : "";
  const path = pattern.replace(/^\/|\/$/g, "");
  noteRoute(routing, routeText(`${isMount(mount) ? mount : ""}/${path}`.replace(/(?<=.)\/$/, "")));
}

// Without its query; "" for the root.
function pathIn(url: unknown): string {
  return typeof url === "string" ? (url.split("?", 1)[0] ?? "").replace(/\/$/, "") : "";
}

function isMount(path: string): boolean {
  if (path === "") return true;
  for (const mount of mounts) if (path.startsWith(mount) && isMount(path.slice(mount.length))) return true;
  return false;
}
