// The method of a request, as an attribute's value.
import { fieldOf } from "../shared/index.ts";

// The methods that the semantic conventions know.
const METHODS: ReadonlySet<unknown> = new Set([
  "CONNECT",
  "DELETE",
  "GET",
  "HEAD",
  "OPTIONS",
  "PATCH",
  "POST",
  "PUT",
  "QUERY",
  "TRACE",
]);

/** The value of `http.request.method`: the request's method, or `_OTHER` if the conventions do not know it. */
export function methodOf(request: object): string {
  const method = fieldOf(request, "method");
  return typeof method === "string" && METHODS.has(method) ? method : "_OTHER";
}
