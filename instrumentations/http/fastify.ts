// Routes of Fastify 4 and 5, and of NestJS on top of them.
import { fieldOf, isObject } from "../shared/fields.ts";
import type { Recording } from "../shared/recording.ts";
import { noteRoute, routeText, routingOf } from "./routes.ts";

type OnRequest = (request: unknown, reply: unknown, done: () => void) => void;

interface Fastify {
  addHook(name: "onRequest", hook: OnRequest): void;
}

/** Notes the routes of the application in `message`, published on Fastify's channel `fastify.initialization`. */
export function watchFastify(recording: Recording<object>, message: object): void {
  const fastify = fieldOf(message, "fastify");
  if (!isFastify(fastify)) throw new TypeError("Fastify has no method addHook");
  // Must be the first hook: a later one may already respond.
  fastify.addHook("onRequest", (request, _reply, done) => {
    try {
      const raw = fieldOf(request, "raw");
      const route = routeText(fieldOf(fieldOf(request, "routeOptions"), "url"));
      if (isObject(raw) && route !== undefined) noteRoute(routingOf(raw), route);
    } catch (error) {
      recording.failed(error);
    }
    done();
  });
}

function isFastify(value: unknown): value is Fastify {
  return typeof fieldOf(value, "addHook") === "function";
}
