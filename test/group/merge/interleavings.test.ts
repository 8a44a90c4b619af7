// The law of a group's sums: whatever its members do, the total is the sum of all that was recorded.
import fc from "fast-check";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { MeterProvider } from "../../../src/engine/meter-provider.ts";
import { scopeFrom } from "../../../src/engine/scope.ts";
import { Interner } from "../../../src/engine/series/interner.ts";
import { NO_RESOURCE } from "../../../src/group/merge/departed.ts";
import { type GroupMerge, mergeInto } from "../../../src/group/merge/group-merge.ts";
import { Histogram } from "../../../src/prom-client/index.ts";
import { ownMetricOf } from "../../../src/prom-client/own-metric.ts";
import { OpenReader } from "../../engine/our-provider.ts";
import { isLong } from "../../kit/test-length.ts";
import { TestGroup, type TestMember, TestState } from "../members.ts";

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date", "performance"], now: 1_000_000 });
});
afterEach(() => {
  vi.useRealTimers();
});

const scope = scopeFrom("prom-client", "", {});
const MEMBERS = 3;
const SERIES = 8;
const numRuns = isLong ? 2_000 : 100;

const step = fc.record({
  do: fc.constantFrom(
    "add",
    "add",
    "add",
    "report",
    "report",
    "join",
    "leave",
    "idle",
    "gap",
    "restart",
    "end",
  ),
  who: fc.nat(MEMBERS - 1),
  thread: fc.nat(2),
  series: fc.nat(SERIES - 1),
  value: fc.integer({ min: 1, max: 100 }),
});
type Step = typeof step extends fc.Arbitrary<infer Given> ? Given : never;

// A process of the group. Its figures count once it has reported them.
abstract class Process {
  readonly state: TestState = new TestState();
  hasEnded = false;
  recorded = 0;
  reported = 0;

  abstract do(each: Step): void;
  protected abstract put(): Promise<void>;

  async report(): Promise<void> {
    await this.put();
    this.reported = this.recorded;
  }
}

// Its series are removed if they are idle, and get other rows with its first thread.
class RecordingProcess extends Process {
  readonly #group = new TestGroup({ options: { seriesTimeToLive: 10 }, merge: { isReported: () => true } });
  readonly #threads: TestMember[] = [];

  do({ do: action, thread, series, value }: Step): void {
    const member = this.#threads[thread];
    if (action === "add") {
      this.recorded += value;
      (member ?? this.#group).provider.getMeter("law").createCounter("figures").add(value, { series });
    } else if (action === "join") this.#threads.push(this.#group.join());
    else if (action === "idle") {
      vi.advanceTimersByTime(11_000);
      member?.report();
    } else if (action === "leave" && member !== undefined)
      this.#group.leave(this.#threads.splice(thread, 1)[0]!);
  }

  protected override async put(): Promise<void> {
    this.state.put(await this.#group.collect());
  }
}

// Its callback leaves out series, and observes lower totals after a restart.
class ObservingProcess extends Process {
  readonly #reader = new OpenReader();
  readonly #provider = new MeterProvider({ readers: [this.#reader] });
  readonly #totals = new Map<number, { observed: number; reported: number; isMissing: boolean }>();

  constructor() {
    super();
    const counter = this.#provider.getMeter("law").createObservableCounter("figures");
    counter.addCallback((result) => {
      for (const [series, each] of this.#totals)
        if (!each.isMissing) result.observe((each.reported = each.observed), { series });
    });
  }

  do({ do: action, series, value }: Step): void {
    const before = this.#totals.get(series) ?? { observed: 0, reported: 0, isMissing: false };
    // A total that was not reported is not known.
    const isReported = before.observed === before.reported;
    if (action === "gap" && isReported) this.#totals.set(series, { ...before, isMissing: true });
    else if (action === "add" && !before.isMissing) {
      this.recorded += value;
      this.#totals.set(series, { ...before, observed: before.observed + value });
    } else if (action === "restart" && before.reported > 1 && isReported) {
      this.recorded += 1;
      this.#totals.set(series, { ...before, observed: 1, isMissing: false });
    } else if (action === "join" && before.isMissing)
      this.#totals.set(series, { ...before, isMissing: false });
  }

  protected override async put(): Promise<void> {
    this.state.put(this.#reader.producer.collectSync());
  }
}

// A new start shows that a histogram of prom-client was reset.
class CollectingProcess extends Process {
  readonly #interner = new Interner();
  readonly #histogram = new Histogram({
    name: "figures",
    help: "h",
    buckets: [1, 10],
    labelNames: ["series"],
    registers: [],
  });
  #isMissing = false;

  do({ do: action, series, value }: Step): void {
    if (action === "join") this.#isMissing = false;
    if (this.#isMissing) return;
    if (action === "add") {
      this.recorded++;
      this.#histogram.observe({ series }, value);
    } else if (action === "restart" && this.recorded === this.reported) this.#histogram.reset();
    else if (action === "gap" && this.recorded === this.reported) this.#isMissing = true;
  }

  protected override async put(): Promise<void> {
    const interner = this.#interner;
    const side = ownMetricOf(this.#histogram);
    const metrics = this.#isMissing || side === undefined ? [] : [...side.collected(interner, scope, this)];
    this.state.put({ resource: NO_RESOURCE, timeUnixMillis: 0, metrics, interner, errors: [] });
  }
}

function total(reader: OpenReader): number {
  let sum = 0;
  for (const { series } of reader.producer.collectSync().metrics)
    series.visit(0, series.length, { series: (cells, offset) => void (sum += cells[offset]!) });
  return sum;
}

function join(merge: GroupMerge, processes: readonly Process[]): (process: Process) => void {
  const members = processes.map(({ state: { image } }, slot) => ({ name: `${slot}`, slot: slot + 1, image }));
  for (const member of members) merge.add(member);
  return (process) => merge.leave(members[processes.indexOf(process)]!);
}

test.each([
  // Their series move to the overflow series.
  ["recorded counters", (): Process => new RecordingProcess(), { cardinalityLimit: 5 }],
  ["observed totals", (): Process => new ObservingProcess(), {}],
  // They are gone once all live members have removed them.
  ["histograms of prom-client", (): Process => new CollectingProcess(), { isHeld: true }],
] as const)("the total of %s is the sum of all that was recorded", async (_, make, given) => {
  const { cardinalityLimit, isHeld }: { readonly cardinalityLimit?: number; readonly isHeld?: boolean } =
    given;
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 80 }), async (steps) => {
      const reader = new OpenReader();
      const processes = Array.from({ length: MEMBERS + 1 }, make);
      const [holder] = processes.slice(-1);
      const held = isHeld === true ? SERIES : 0;
      for (let series = 0; series < held; series++)
        holder?.do({ do: "add", who: MEMBERS, thread: 0, series, value: 1 });
      await holder?.report();
      const leave = join(mergeInto(new MeterProvider({ readers: [reader], cardinalityLimit })), processes);
      for (const each of steps) {
        vi.advanceTimersByTime(10);
        const process = processes[each.who]!;
        if (process.hasEnded) continue;
        process.do(each);
        if (each.do !== "report" && each.do !== "end") continue;
        await process.report();
        if (each.do === "end") {
          leave(process);
          process.hasEnded = true;
        }
        const expected = processes.reduce((sum, { reported }) => sum + reported, 0);
        expect(total(reader)).toBe(expected);
      }
    }),
    { numRuns },
  );
});
