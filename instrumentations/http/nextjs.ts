// Routes of Next.js, which keeps what it knows of a request in a field of the request. So they are found in a standalone server, too.
import { fieldOf } from "../shared/fields.ts";

const META = Symbol.for("NextInternalRequestMeta");

/**
 * Returns the pattern of the page or handler of a request: `/shop/[slug]`. Returns `undefined` if the middleware or a file was the
 * answer, or if nothing was found.
 */
export function nextRoute(request: object): string | undefined {
  const meta = fieldOf(request, META);
  if (meta === undefined) return undefined;
  const answered = fieldOf(fieldOf(fieldOf(meta, "match"), "definition"), "pathname");
  // After an error, or if nothing was found, it is the page that shows this.
  const route = isOwnPage(answered) ? fieldOf(meta, "invokeOutput") : answered;
  return typeof route === "string" && route !== "" && !isOwnPage(route) ? route : undefined;
}

function isOwnPage(route: unknown): boolean {
  return typeof route === "string" && /^\/(?:_|404$|500$)/.test(route);
}
