// The readers that a changed configuration adds, removes and leaves alone.
import { isDeepStrictEqual } from "node:util";
import { isObject } from "../options/check.ts";
import { makeReader, type MadeReader, type OwnReader, type ReaderContext } from "./readers.ts";
import type { CheckedReader } from "./reader-problems.ts";
import type { ReaderChange } from "./running-exports.ts";
import type { Settings } from "./settings.ts";
import { takeFrom } from "./successors.ts";

interface Wanted {
  readonly settings: OwnReader["settings"];
  readonly index: number;
  readonly given: unknown;
}

/** The change from the readers of `made` to those of `next`. A reader with the same options is not touched. */
export function readerChange(
  made: readonly MadeReader[],
  next: Settings,
  context: ReaderContext,
): ReaderChange {
  const { configuration, options } = next;
  const wanted = configuration.readers.flatMap((settings, index): readonly Wanted[] => {
    const given: unknown = options.readers?.[index];
    // The endpoint that option `page` or `api` adds has no entry in option `readers`. These options wait for a restart.
    const isLater = given === undefined && !configuration.api;
    return settings.kind === "given" || isLater ? [] : [{ settings, index, given }];
  });
  const isServed = wanted.some(({ settings }) => settings.kind === "prometheus");
  // Readers of the application do not come from the file. The added endpoint stays until the file has another.
  const mayEnd = (each: MadeReader): each is OwnReader =>
    each.settings.kind !== "given" && (each.given !== undefined || isServed);
  const kept = made.filter((each) => !mayEnd(each));
  const left = made.filter(mayEnd);
  const others = wanted.filter(({ settings, given }) => {
    const same = takeFrom(
      left,
      (each) => isDeepStrictEqual(each.given, given) && intervalOf(each.settings) === intervalOf(settings),
    );
    if (same !== undefined) kept.push(same);
    return same === undefined;
  });
  const added = others.filter(({ settings, given }) => {
    if (intervalOf(settings) === undefined) return true;
    const similar = takeFrom(left, (each) =>
      isDeepStrictEqual(withoutInterval(each.given), withoutInterval(given)),
    );
    if (similar !== undefined) kept.push({ ...similar, settings, given });
    return similar === undefined;
  });
  return {
    kept,
    removed: left,
    *make() {
      for (const { settings, index, given } of added)
        yield { ...makeReader(settings, index, configuration, context), given };
    },
  };
}

function intervalOf(settings: CheckedReader): number | undefined {
  return "intervalMillis" in settings ? settings.intervalMillis : undefined;
}

function withoutInterval(given: unknown): unknown {
  if (!isObject(given)) return given;
  const { interval: _, ...others } = given;
  return others;
}
