// The same data for all contenders, generated in each process, and identical each time.

const HOUR = 3_600_000;
/** A whole hour with 30 days of data before it. */
const NOW = Math.floor(Date.now() / HOUR) * HOUR;

/** 2,000 series of 20 metrics, every 10 s: half of the metrics are integer counters, half random walks. */
export const mixed = dataSet({ metrics: 20, hosts: 100, intervalMillis: 10_000, batches: 1_000 });

/** 200 series, every 60 s, for 30 days. */
export const month = dataSet({ metrics: 2, hosts: 100, intervalMillis: 60_000, batches: 43_200 });

/** The hosts selected by queries of 20 series. */
export const askedHosts = Array.from({ length: 20 }, (_, i) => `host-${5 * i}`);

function dataSet({ metrics, hosts, intervalMillis, batches }) {
  const series = Array.from({ length: metrics * hosts }, (_, i) => ({
    metric: Math.floor(i / hosts),
    isCounter: Math.floor(i / hosts) % 2 === 0,
    host: `host-${i % hosts}`,
  }));
  const end = NOW;
  const start = end - batches * intervalMillis;
  return {
    series,
    intervalMillis,
    batches,
    start,
    end,
    points: series.length * batches,
    *collections() {
      const random = randomNumbers(1);
      const values = new Float64Array(series.length);
      for (let i = 1; i <= batches; i++) {
        for (let j = 0; j < values.length; j++)
          values[j] += series[j].isCounter ? Math.floor(random() * 10) : random() - 0.5;
        yield { time: start + i * intervalMillis, values };
      }
    },
  };
}

/** 200,000 events of 20 types in the last 7 days, in groups of 1,000. */
export const events = {
  count: 200_000,
  asked: { type: "order.3", state: "paid-7", found: 200 },
  *groups() {
    const random = randomNumbers(2);
    for (let i = 0; i < 200; i++) {
      yield Array.from({ length: 1_000 }, (_, j) => {
        const n = 1_000 * i + j;
        return {
          id: `event-${String(n).padStart(9, "0")}`,
          type: `order.${n % 20}`,
          source: "shop",
          time: NOW - 6 * 24 * HOUR + n * 2_000,
          data: {
            state: `paid-${Math.floor(n / 20) % 50}`,
            amount: random() * 100,
            customer: `c-${n % 977}`,
          },
        };
      });
    }
  },
};

function randomNumbers(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixing = Math.imul(state ^ (state >>> 15), 1 | state);
    mixing = (mixing + Math.imul(mixing ^ (mixing >>> 7), 61 | mixing)) ^ mixing;
    return ((mixing ^ (mixing >>> 14)) >>> 0) / 2 ** 32;
  };
}
