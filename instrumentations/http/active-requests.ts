// Number of active requests.
import type { ObservableResult } from "@opentelemetry/api";

/** Observes the number of active requests by method: 0 for those of `known` without one. */
export function observeActive(
  result: ObservableResult,
  known: Iterable<string>,
  active: Iterable<string>,
): void {
  const byMethod = new Map<string, number>(Array.from(known, (method) => [method, 0]));
  for (const method of active) byMethod.set(method, (byMethod.get(method) ?? 0) + 1);
  for (const [method, count] of byMethod) result.observe(count, { "http.request.method": method });
}
