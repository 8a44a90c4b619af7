// The figures that an aggregator keeps on disk for its successor.
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { MeterProvider } from "../../src/engine/meter-provider.ts";
import { ImageWriter } from "../../src/group/memory/image-writer.ts";
import { mergeInto } from "../../src/group/merge/group-merge.ts";
import { ProcessMembers } from "../../src/group/process-members.ts";
import { OpenReader } from "../engine/our-provider.ts";
import { newFolder } from "../kit/new-folder.ts";
import { joinedFolder } from "./processes/joined-folder.ts";

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date", "performance"] });
});
afterEach(() => {
  vi.useRealTimers();
});

test("a successor has the figures of a series that a live process has removed after its time to live", async () => {
  const directory = newFolder("group");
  const aggregator = joinedFolder(directory);
  const other = joinedFolder(directory);
  await aggregator.findMembers();

  const own = new OpenReader();
  const provider = new MeterProvider({ readers: [own], seriesTimeToLive: 10 });
  const image = new ImageWriter({ isShared: false });
  const report = (): void => {
    image.take([own.producer.collectSync()]);
    other.write(image);
  };
  const group = (): { readonly members: ProcessMembers; readonly total: () => number } => {
    const reader = new OpenReader();
    const merge = mergeInto(new MeterProvider({ readers: [reader] }));
    const members = new ProcessMembers(aggregator, merge);
    for (const member of aggregator.members) members.add(member);
    const total = (): number => {
      members.read();
      let sum = 0;
      for (const { series } of reader.producer.collectSync().metrics)
        series.visit(0, series.length, { series: (cells, offset) => void (sum += cells[offset]!) });
      members.fold();
      return sum;
    };
    return { members, total };
  };

  const first = group();
  provider.getMeter("shop").createCounter("orders").add(500);
  report();
  expect(first.total()).toBe(500);
  vi.advanceTimersByTime(11_000);
  report();
  expect(first.total()).toBe(500);
  expect(group().total()).toBe(500);
});
