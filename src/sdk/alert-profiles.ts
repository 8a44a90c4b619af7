// Profiles that explain alerts: taken while an alert of event loop, processor time or memory pends or fires.
import { diag } from "@opentelemetry/api";
import type { AlertProfiles, ProfileAnnotation } from "../alerts/profiled-alerts.ts";
import { functionText } from "../diagnostics/function-text.ts";
import { errorMessage } from "../diagnostics/error-message.ts";
import type {
  Allocation,
  Answers,
  Asked,
  Block,
  HotFunction,
  LoopWatch,
  ProfileSummary,
} from "../profiles/parts.ts";

type Kind = "loop" | "processor" | "memory";

// Names in Prometheus, in which a prefix may come before.
const METRICS: Readonly<Record<Kind, RegExp>> = {
  loop: /nodejs_eventloop_/,
  processor: /nodejs_eventloop_(?:time|utilization)|process_cpu_/,
  memory: /v8js_|process_memory_|nodejs_heap_/,
};
const KINDS: readonly Kind[] = ["loop", "processor", "memory"];
const SECONDS = 10;
// A profile is taken again while the alert lasts.
const AGAIN_MILLIS: Readonly<Record<Asked, number>> = { profile: 60_000, allocations: 300_000 };
// After a pause, an alert is about something else than the profile before.
const PAUSED_MILLIS = 30_000;
// Alerts come and go; the start of a watch walks through the heap. Older blocks and profiles explain no alert.
const KEPT_MILLIS = 300_000;
const MAX_NAMED = 3;
const MAX_BLOCKS = 20;

type AskedWatch = Pick<LoopWatch, "ask" | "isRunning">;

interface AlertProfilesParts {
  /** The watch, which begins if it does not run. `undefined` if it is refused. */
  readonly watch: () => AskedWatch | undefined;
  /** Ends the watch that alerts have begun. */
  readonly release: () => void;
}

export class TakenAlertProfiles implements AlertProfiles {
  readonly #parts: AlertProfilesParts;
  // With the time of their arrival: the metrics of an alert may follow later.
  readonly #blocks: { readonly block: Block; readonly millis: number }[] = [];
  readonly #takenMillis = new Map<Asked, number>();
  // Without an alert since the last profile.
  readonly #paused = new Set<Asked>();
  readonly #wantedMillis = new Map<Kind, number>();
  #summary: ProfileSummary | undefined;
  #allocations: readonly Allocation[] = [];

  constructor(parts: AlertProfilesParts) {
    this.#parts = parts;
  }

  /** Whether an alert needs the watch, or has within five minutes. */
  get isWanted(): boolean {
    return KINDS.some((kind) => this.#isWanted(kind));
  }

  evaluated(metrics: readonly (readonly string[])[]): void {
    const wanted = new Set(metrics.flatMap(kindsOf));
    for (const kind of wanted) this.#wantedMillis.set(kind, performance.now());
    if (!wanted.has("processor")) this.#paused.add("profile");
    if (!wanted.has("memory")) this.#paused.add("allocations");
    if (!this.#isWanted("processor")) this.#summary = undefined;
    if (!this.#isWanted("memory")) this.#allocations = [];
    if (!this.isWanted) this.#parts.release();
    const watch = wanted.size === 0 ? undefined : this.#parts.watch();
    if (watch === undefined) return;
    if (wanted.has("processor"))
      void this.#take("profile", watch, (answer) => (this.#summary = answer?.summary));
    if (wanted.has("memory"))
      void this.#take("allocations", watch, (answer) => (this.#allocations = answer ?? []));
  }

  annotationsFor(metrics: readonly string[]): Readonly<Record<string, string>> {
    const annotations: Record<string, string> = {};
    for (const kind of kindsOf(metrics)) {
      const text = this.#textOf(kind);
      if (text !== "") annotations[ANNOTATIONS[kind]] = text;
    }
    return annotations;
  }

  /** Takes a block over, for alerts of the event loop. */
  blocked(block: Block): void {
    this.#blocks.push({ block, millis: performance.now() });
    if (this.#blocks.length > MAX_BLOCKS) this.#blocks.shift();
  }

  #isWanted(kind: Kind): boolean {
    return isRecent(this.#wantedMillis.get(kind) ?? -Infinity);
  }

  // Never rejects. Without an answer, the one before is too old.
  async #take<Each extends Asked>(
    asked: Each,
    watch: AskedWatch,
    keep: (answer: Answers[Each] | undefined) => void,
  ): Promise<void> {
    const now = performance.now();
    const pauseMillis = this.#paused.has(asked) ? PAUSED_MILLIS : AGAIN_MILLIS[asked];
    if (now < (this.#takenMillis.get(asked) ?? -Infinity) + pauseMillis) return;
    this.#takenMillis.set(asked, now);
    this.#paused.delete(asked);
    try {
      keep(await watch.ask(asked, SECONDS));
    } catch (error) {
      keep(undefined);
      if (watch.isRunning) diag.warn(`profiles: an alert was not explained: ${errorMessage(error)}`);
    }
  }

  #textOf(kind: Kind): string {
    if (kind === "loop")
      return longest(this.#blocks.flatMap(({ block, millis }) => (isRecent(millis) ? [block] : [])));
    if (kind === "memory")
      return named(this.#allocations, ({ bytes }) => `${(bytes / 2 ** 20).toFixed(1)} MiB`);
    return named(this.#summary?.functions ?? [], ({ share }) => `${Math.round(100 * share)} %`);
  }
}

function isRecent(millis: number): boolean {
  return performance.now() - millis < KEPT_MILLIS;
}

const ANNOTATIONS: Readonly<Record<Kind, ProfileAnnotation>> = {
  loop: "blocked_by",
  processor: "busy_in",
  memory: "allocated_by",
};

function kindsOf(metrics: readonly string[]): Kind[] {
  return KINDS.filter((kind) => metrics.some((name) => METRICS[kind].test(name)));
}

// The functions with the most time in the latest blocks.
function longest(blocks: readonly Block[]): string {
  const seconds = new Map<string, { readonly each: HotFunction; seconds: number }>();
  for (const { durationSeconds, functions } of blocks)
    for (const each of functions) {
      const key = functionText(each);
      const sum = seconds.get(key) ?? { each, seconds: 0 };
      seconds.set(key, sum);
      sum.seconds += durationSeconds * each.share;
    }
  const sums = [...seconds.values()].toSorted((one, other) => other.seconds - one.seconds);
  return named(
    sums.map((sum) => ({ ...sum.each, seconds: sum.seconds })),
    (each) => `${each.seconds.toFixed(2)} s`,
  );
}

function named<Each extends Omit<HotFunction, "share">>(
  functions: readonly Each[],
  figure: (each: Each) => string,
): string {
  return functions
    .slice(0, MAX_NAMED)
    .map((each) => `${functionText(each)} ${figure(each)}`)
    .join(", ");
}
