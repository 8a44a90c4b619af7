import { expect, test } from "vitest";
import { beginRouting, endRouting, type Routing } from "../../../instrumentations/http/routes.ts";
import { processorMicros } from "../../kit/processor-time.ts";

test("requests of one connection that wait for their responses take time in proportion to their number", () => {
  const routings: Routing[] = [];
  const before = process.cpuUsage();
  const begun = Array.from({ length: 100_000 }, (_, number) => beginRouting({ number }, routings));
  expect(processorMicros(before)).toBeLessThan(2e6);
  // Another recording of the same request.
  const { request } = begun.at(-1)!;
  expect(beginRouting(request, routings)).toBe(begun.at(-1));
  for (const routing of begun.toReversed()) endRouting(routing, routings);
  expect(processorMicros(before)).toBeLessThan(2e6);
  expect(routings).toEqual([]);
});
