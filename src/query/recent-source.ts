// A source that prefers recent samples in memory to all samples.
import { nextTurn, Slices } from "../io/yield.ts";
import { ForwardingSource } from "./forwarding-source.ts";
import { type RecentSamples, RememberedSamples } from "./remembered-samples.ts";
import type { Catalogue, SampleSource } from "./sample-source.ts";
import type { Selection } from "./source.ts";

/** Sources that are looked up for each selection, since a history may turn out to be unusable. */
export interface RecentSourceOptions {
  readonly recent: () => RecentSamples | undefined;
  readonly all: () => SampleSource;
  /** The older part of `all`, if there is one. */
  readonly older: () => SampleSource | undefined;
}

/**
 * Selects recent samples alone if they reach back to the start of a selection, and otherwise all samples. Older samples of
 * rules are remembered. So rules need no thread and no promise, and go on if the history fails.
 */
export class RecentSource extends ForwardingSource {
  readonly #options: RecentSourceOptions;
  #remembered: RememberedSamples | undefined;

  constructor(options: RecentSourceOptions) {
    super();
    this.#options = options;
  }

  override get knowsStarts(): boolean {
    return this.#options.all().knowsStarts;
  }

  override catalogue(): Catalogue {
    const { recent, all } = this.#options;
    const begin = recent()?.catalogue().beginUnixMillis ?? Infinity;
    return {
      labels: (selection) => all().catalogue().labels(selection),
      metadata: async () => await all().catalogue().metadata(),
      pauses: (from) => (this.#recentFrom(from) ?? all()).catalogue().pauses(from),
      ready: async (selections) => {
        await (selections === undefined ? all().catalogue().ready() : this.#remember(selections));
      },
      beginUnixMillis: begin < Infinity && recent() === all() ? -Infinity : begin,
    };
  }

  protected override sourceOf(selection: Selection): SampleSource {
    const recent = this.#recentOf(selection);
    if (recent !== undefined) return recent;
    const older = this.#older();
    return older?.has(selection) === true ? older : this.#options.all();
  }

  async #remember(selections: Iterable<Selection>): Promise<void> {
    const slices = new Slices();
    const older: Selection[] = [];
    for (const selection of selections) {
      if (this.#recentOf(selection) === undefined) older.push(selection);
      await slices.next();
    }
    if (older.length === 0) return;
    // A source that fails does so at its selections.
    await this.catalogue()
      .ready()
      .catch(() => {});
    await this.#older()?.load(older);
    // The last samples may have used this turn.
    await nextTurn();
  }

  #older(): RememberedSamples | undefined {
    const { recent, older } = this.#options;
    const samples = recent();
    if (samples === undefined) return undefined;
    if (this.#remembered?.recent !== samples) this.#remembered = new RememberedSamples(samples, older);
    return this.#remembered;
  }

  #recentOf({ from, earliest = from }: Selection): RecentSamples | undefined {
    return this.#recentFrom(earliest);
  }

  #recentFrom(unixMillis: number): RecentSamples | undefined {
    const { recent, all } = this.#options;
    const samples = recent();
    const isEnough = (samples?.catalogue().beginUnixMillis ?? Infinity) <= unixMillis || samples === all();
    return isEnough ? samples : undefined;
  }
}
