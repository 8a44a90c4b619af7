import { randomUUID } from "node:crypto";
import type { Matcher } from "../../../query/source.ts";
import { unixMillisFrom } from "../../../events/time.ts";
import { allSteps, inSlices, nowOrInSlices } from "../../../io/yield.ts";
import { type Check, text } from "../../../options/check.ts";
import { parsed } from "../../../options/parser.ts";
import {
  type AlertMatchers,
  compiledMatchers,
  type CompiledMatchers,
  matchersText,
} from "./alert-matchers.ts";
import { SilenceFile, type StoredSilence } from "./silence-file.ts";

/** A silence: alerts that match are not sent until it ends. */
export interface Silence {
  /** Unique. */
  readonly id: string;
  /** All of them must hold. */
  readonly matchers: readonly Matcher[];
  /** Start, in milliseconds since the epoch. */
  readonly startsAtUnixMillis: number;
  /** End, in milliseconds since the epoch. */
  readonly endsAtUnixMillis: number;
  /** Reason, for people. */
  readonly comment: string;
}

/** End and reason of a silence. */
export interface SilenceOptions {
  /** The end: a `Date`, an ISO 8601 text or seconds since the epoch. It must be in the future. */
  readonly until: Date | string | number;
  /** Reason, for people. */
  readonly comment: string;
}

interface Compiled extends Silence {
  readonly compiled: CompiledMatchers;
}

const MAX_SILENCES = 1_000;

/** Silences of the process, and those of a file that people and the command line may edit. */
export class Silences {
  readonly #now: () => number;
  readonly #file: SilenceFile | undefined;
  #own: readonly Compiled[] = [];
  #ofFile: readonly Compiled[] = [];

  /** @param now returns milliseconds since the epoch. */
  constructor(now: () => number, directory?: string) {
    this.#now = now;
    if (directory === undefined) return;
    this.#file = new SilenceFile(directory);
    this.look();
  }

  /**
   * Adds a silence. Returns a function that ends it.
   *
   * @throws OptionsError if the matchers, the end or the comment are invalid, or there are 1,000 silences.
   */
  add(matchers: AlertMatchers, { until, comment }: SilenceOptions): () => void {
    const silence = parsed("silence", (parser) => {
      const compiled = parser.checked("matchers", matchers, MATCHERS);
      const end = parser.checked("until", until, this.#future());
      const reason = parser.checked("comment", comment, text);
      if (this.active().length >= MAX_SILENCES) {
        parser.problem("silences", MAX_SILENCES, `be fewer than ${MAX_SILENCES}; end some`);
      }
      return { compiled, end, reason };
    });
    const { compiled, end, reason } = silence;
    if (compiled === undefined || end === undefined || reason === undefined) return () => {};
    const startsAtUnixMillis = this.#now();
    const made: Compiled = {
      id: randomUUID(),
      matchers: compiled.matchers,
      compiled,
      startsAtUnixMillis,
      endsAtUnixMillis: end,
      comment: reason,
    };
    this.#own = [...this.#own, made];
    this.#file?.add(storedFrom(made));
    return () => this.end(made.id);
  }

  /** Ends a silence; does nothing if the id is unknown. */
  end(id: string): void {
    this.#own = this.#own.filter((each) => each.id !== id);
    this.#ofFile = this.#ofFile.filter((each) => each.id !== id);
    this.#file?.remove(id);
  }

  /** Reads the file if it has changed. A file with an invalid silence changes nothing. */
  look(): void {
    allSteps(this.#look());
  }

  /** As {@link Silences.look}, in slices. */
  lookInSlices(): void | Promise<void> {
    return nowOrInSlices(this.#look(), inSlices);
  }

  *#look(): Generator<void, void> {
    if (this.#file === undefined) return;
    const silences = yield* this.#file.changed(compiledFrom);
    if (silences === undefined) return;
    this.#ofFile = silences;
    const ids = new Set(silences.map(({ id }) => id));
    // Those of this process that the file does not have were ended by another one, unless they are not written yet.
    this.#own = this.#own.filter(({ id }) => !ids.has(id) && this.#file?.isUnwritten(id) === true);
  }

  /** Reason why the file is not used or was not written, if so. */
  get problem(): string | undefined {
    return this.#file?.problem;
  }

  /** Silences that have begun and not ended. */
  active(): readonly Silence[] {
    return this.#active();
  }

  /** The active silences that match, as a function of an alert's labels: it returns their ids. */
  matching(): (labels: Readonly<Record<string, string>>) => string[] {
    const active = this.#active();
    if (active.length === 0) return () => NO_IDS;
    return (labels) => active.filter(({ compiled }) => compiled.test(labels)).map(({ id }) => id);
  }

  /** Resolves once the file is written. */
  async close(): Promise<void> {
    await this.#file?.written();
  }

  #active(): readonly Compiled[] {
    const now = this.#now();
    return [...this.#ofFile, ...this.#own].filter(
      ({ startsAtUnixMillis, endsAtUnixMillis }) => startsAtUnixMillis <= now && now < endsAtUnixMillis,
    );
  }

  #future(): Check<number> {
    return {
      must: "be a time in the future: a Date, an ISO 8601 text or seconds since the epoch",
      read: (value) => {
        const millis = unixMillisFrom(value);
        return millis !== undefined && millis > this.#now() ? millis : undefined;
      },
    };
  }
}

const NO_IDS: string[] = [];

/** Check of matchers, for options. */
export const MATCHERS: Check<CompiledMatchers> = {
  must: `be written as 'alertname="DiskFull", severity=~"info|warning"', and one of them must refuse the empty string`,
  read(value) {
    try {
      return compiledMatchers(value);
    } catch {
      return undefined;
    }
  },
};

function storedFrom({ id, matchers, startsAtUnixMillis, endsAtUnixMillis, comment }: Silence): StoredSilence {
  return {
    id,
    matchers: matchersText(matchers),
    startsAt: new Date(startsAtUnixMillis).toISOString(),
    until: new Date(endsAtUnixMillis).toISOString(),
    comment,
  };
}

function compiledFrom({ id, matchers, startsAt, until, comment }: StoredSilence): Compiled | undefined {
  const compiled = MATCHERS.read(matchers);
  const startsAtUnixMillis = startsAt === undefined ? 0 : unixMillisFrom(startsAt);
  const endsAtUnixMillis = unixMillisFrom(until);
  if (compiled === undefined || startsAtUnixMillis === undefined || endsAtUnixMillis === undefined) {
    return undefined;
  }
  return { id, matchers: compiled.matchers, compiled, startsAtUnixMillis, endsAtUnixMillis, comment };
}
