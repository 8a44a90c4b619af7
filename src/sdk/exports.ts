// The parts of the SDK that export metrics. In a group, one process has them.
import type { PushReader } from "../readers/push-reader.ts";
import type { LastReader } from "./collect-on-exit.ts";
import { makeHistory, type MadeHistory } from "./history.ts";
import type { ProviderChoice } from "./provider.ts";
import { groupedReaders, type MadeReaders, makeReaders, type ReaderContext } from "./readers.ts";
import type { Settings } from "./settings.ts";
import type { Teardown } from "./teardown.ts";

/** A reader that is flushed at the end of the process. */
export type LastFlush = LastReader & Pick<PushReader, "endBegins">;

export interface Exports extends Omit<MadeReaders, "last"> {
  readonly last: readonly LastFlush[];
  readonly history: MadeHistory | undefined;
}

export const NO_EXPORTS: Exports = { ...groupedReaders([]), history: undefined };

/** Makes the readers and the history of a configuration. Another SDK's provider takes no readers: its history has events only. */
export function makeExports(
  choice: ProviderChoice,
  { configuration, options }: Settings,
  context: ReaderContext,
  teardown: Teardown,
): Exports {
  const made = choice === "ours" ? makeReaders(configuration, options, context) : groupedReaders([]);
  if (choice === "none") return NO_EXPORTS;
  const history = makeHistory(configuration, context);
  if (history !== undefined) {
    // Closed after the provider, whose readers store their last collection in it.
    teardown.add(() => history.history.close());
    teardown.add(() => history.flushEvents());
  }
  return exportsOf(made, history);
}

/** Readers and the history together. */
export function exportsOf(made: MadeReaders, history: MadeHistory | undefined): Exports {
  if (history === undefined) return { ...made, history };
  return {
    ...made,
    readers: [...made.readers, history.reader],
    last: [...made.last, history.last],
    ready: [...made.ready, history.ready],
    history,
  };
}
