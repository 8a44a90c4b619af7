// Random requests to our API and to the real Prometheus, over the same samples.
import fc from "fast-check";
import { expect, onTestFinished, test } from "vitest";
import type { SampleSeries, Selection, Source } from "../../../src/query/source.ts";
import { isLong } from "../../kit/test-length.ts";
import { writtenPrometheus } from "../../servers/written-prometheus.ts";
import { randomRequest, type RandomRequest } from "./random-request.ts";
import { serveSource } from "./served-source.ts";
import { shopColumns } from "./shop-columns.ts";

test("random requests have the status and the type of error of Prometheus, and end all their work", async (context) => {
  const columns = await shopColumns();
  const samples: SampleSeries[] = [];
  for await (const series of columns.select({ matchers: [], from: -1e15, to: 1e15 })) samples.push(series);
  const theirs = await writtenPrometheus(context, "3", samples);
  // Selections under way.
  let open = 0;
  const source: Source = {
    async *select(selection: Selection) {
      open++;
      try {
        yield* columns.select(selection);
      } finally {
        open--;
      }
    },
  };
  const ours = await serveSource(source);
  onTestFinished(ours.close);
  await fc.assert(
    fc.asyncProperty(randomRequest, async (request) => {
      const [own, expected] = await Promise.all([ours.url, theirs].map((url) => answered(url, request)));
      // Prometheus has texts for URLs that are not valid.
      const type = expected?.type ?? own?.type;
      expect([request, own]).toEqual([request, { ...expected, type }]);
      expect(open).toBe(0);
    }),
    { numRuns: isLong ? 20_000 : 400 },
  );
});

interface Answered {
  readonly status: number;
  readonly type: string | undefined;
}

async function answered(url: string, { path, search, body }: RandomRequest): Promise<Answered> {
  const response = await fetch(`${url}/api/v1/${path}?${search}`, {
    ...(body !== undefined && {
      method: "POST",
      body,
      headers: { "content-type": "application/x-www-form-urlencoded" },
    }),
    signal: AbortSignal.timeout(60_000),
  });
  const text = await response.text();
  const { errorType }: { errorType?: string } = text.startsWith("{") ? JSON.parse(text) : {};
  return { status: response.status, type: errorType };
}
