// The readers that a changed configuration adds, removes and leaves alone.
import { isDeepStrictEqual } from "node:util";
import { isObject } from "../options/check.ts";
import { PushReader } from "../readers/push-reader.ts";
import { makeReader, type MadeReader, type ReaderContext } from "./readers.ts";
import type { CheckedReader } from "./reader-problems.ts";
import type { ReaderChange } from "./running-exports.ts";
import type { Settings } from "./settings.ts";

interface Wanted {
  readonly settings: Exclude<CheckedReader, { readonly kind: "given" }>;
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
  const isKept = ({ settings, given }: MadeReader): boolean =>
    settings.kind === "given" || (given === undefined && !isServed);
  const kept = made.filter(isKept);
  const left = made.filter((each) => !isKept(each));
  const take = (matches: (reader: MadeReader) => boolean): MadeReader | undefined => {
    const at = left.findIndex(matches);
    return at < 0 ? undefined : left.splice(at, 1)[0];
  };
  const others = wanted.filter(({ settings, given }) => {
    const same = take(
      (each) => isDeepStrictEqual(each.given, given) && intervalOf(each.settings) === intervalOf(settings),
    );
    if (same !== undefined) kept.push(same);
    return same === undefined;
  });
  const added = others.filter(({ settings, given }) => {
    const similar = take((each) => isDeepStrictEqual(withoutInterval(each.given), withoutInterval(given)));
    const interval = intervalOf(settings);
    if (similar === undefined || interval === undefined) return true;
    if (similar.reader instanceof PushReader) similar.reader.intervalMillis = interval;
    kept.push({ ...similar, settings, given });
    return false;
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
