import { AggregationType } from "tachymeter/metrics";
import type { LiveColumns } from "../../../src/query/live/live-columns.ts";
import { collectedColumns } from "../live/collected-columns.ts";

/** The last collection of {@link shopColumns}, in Unix seconds. */
export const SHOP_END = 1_700_000_000;

/** Half an hour of a shop: counters, a gauge that ends, a histogram with buckets and a native one. */
export async function shopColumns(): Promise<LiveColumns> {
  const { meter, collect, columns } = collectedColumns({
    views: [{ instrumentName: "page.size", aggregation: { type: AggregationType.EXPONENTIAL_HISTOGRAM } }],
    translation: { targetInfo: false },
  });
  const requests = meter.createCounter("http.requests", { description: 'Requests, also "slow" ones.' });
  const duration = meter.createHistogram("request.duration", {
    unit: "s",
    advice: { explicitBucketBoundaries: [0.01, 0.1, 1, 10] },
  });
  const size = meter.createHistogram("page.size", { unit: "By" });
  let seconds = 0;
  meter.createObservableGauge("queue.size").addCallback((result) => {
    if (seconds < 900) result.observe(seconds % 70, { queue: "ended" });
    result.observe(Math.sin(seconds) / 1e9, { queue: 'smälla \\ "x"' });
  });
  for (seconds = 0; seconds <= 1_800; seconds += 15) {
    requests.add(1 + (seconds % 60), { route: "/", code: 200 });
    requests.add(1, { route: "/cart", code: 500 });
    duration.record((seconds % 100) / 50, { route: "/" });
    size.record(100 + seconds, { route: "/" });
    size.record(0);
    await collect(SHOP_END - 1_800 + seconds);
  }
  return columns;
}
