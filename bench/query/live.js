// Memory of the live samples: an hour of counters that move, at 15 s.
import { runInNewContext } from "node:vm";
import { setFlagsFromString } from "node:v8";
import { fromBuild } from "../build.js";
import { memory, mustBe } from "../measure.js";
import { FIRST } from "./data.js";

const SERIES = 5_000;
const COLLECTIONS = 241;

/** Measures the bytes of a series, without those of its counter. */
export async function liveMemory() {
  setFlagsFromString("--expose-gc");
  globalThis.gc = runInNewContext("gc");
  const { LiveColumns } = await fromBuild("query/live/live-columns.js");
  const warmUp = await counted(1_000);
  const counters = await counted(SERIES);
  return memory(SERIES, {
    async make(count) {
      const columns = new LiveColumns({
        maxBytes: 2 ** 30,
        translation: { scopeLabels: false, targetInfo: false },
      });
      const subject = count === SERIES ? counters : warmUp;
      for (let i = 0; i < COLLECTIONS; i++) {
        subject.move();
        const timeUnixMillis = (FIRST + 15 * i) * 1_000;
        await subject.collect((collection) => {
          for (const _ of columns.append({ ...collection, timeUnixMillis }));
        });
      }
      return columns;
    },
    check: (columns, count) => mustBe(columns.seriesCount, count),
  });
}

async function counted(count) {
  const { MeterProvider } = await fromBuild("engine/index.js");
  const { SnapshotReader } = await fromBuild("readers/reader.js");
  const reader = new SnapshotReader();
  const provider = new MeterProvider({ readers: [reader], cardinalityLimit: SERIES + 1 });
  const counter = provider.getMeter("bench").createCounter("moving");
  let turn = 0;
  return {
    move() {
      turn++;
      for (let id = 0; id < count; id++) counter.add(1 + ((id * turn) % 7), { id });
    },
    collect: (use) => reader.collected(use),
  };
}
