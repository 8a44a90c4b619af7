// The parts of the SDK that export metrics. In a group, one process has them.
import type { IMetricReader } from "../engine/index.ts";
import type { PushReader } from "../readers/push-reader.ts";
import type { LastReader } from "./collect-on-exit.ts";
import { makeHistory, type MadeHistory } from "./history.ts";
import type { Options } from "./options.ts";
import {
  type MadeReader,
  type MadeReaders,
  makeReaders,
  type PrometheusEndpoint,
  type ReaderContext,
} from "./readers.ts";
import type { CheckedConfiguration } from "./reader-problems.ts";
import type { Teardown } from "./teardown.ts";

/** A reader that is flushed at the end of the process. */
export type LastFlush = LastReader & Pick<PushReader, "endBegins">;

export interface Exports {
  /** The readers of the configuration. */
  readonly made: readonly MadeReader[];
  /** The readers, which collect from the provider. */
  readonly readers: readonly IMetricReader[];
  /** The readers that serve HTTP and have to be started. */
  readonly endpoints: readonly PrometheusEndpoint[];
  readonly last: readonly LastFlush[];
  /** Promises of the other readers and of the history; each rejects if it does not work as configured. */
  readonly ready: readonly Promise<void>[];
  readonly history: MadeHistory | undefined;
}

export const NO_EXPORTS: Exports = {
  made: [],
  readers: [],
  endpoints: [],
  last: [],
  ready: [],
  history: undefined,
};

/** Makes the readers and the history of a configuration. */
export function makeExports(
  configuration: CheckedConfiguration,
  options: Options,
  context: ReaderContext,
  teardown: Teardown,
): Exports {
  return exportsOf(
    makeReaders(configuration, options, context),
    makeStartedHistory(configuration, context, teardown),
  );
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

/** Begins the history. It is closed after the provider, whose readers store their last collection in it. */
export function makeStartedHistory(
  configuration: CheckedConfiguration,
  context: ReaderContext,
  teardown: Teardown,
): MadeHistory | undefined {
  const made = makeHistory(configuration, context);
  if (made === undefined) return undefined;
  teardown.add(() => made.history.close());
  teardown.add(() => made.flushEvents());
  return made;
}
