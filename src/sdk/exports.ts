// The parts of the SDK that export metrics. In a group, one process has them.
import type { IMetricReader } from "../engine/index.ts";
import type { PushReader } from "../readers/push-reader.ts";
import type { LastReader } from "./collect-on-exit.ts";
import { makeHistory, type MadeHistory } from "./history.ts";
import type { ProviderChoice } from "./provider.ts";
import { type MadeReader, makeReaders, type PrometheusEndpoint, type ReaderContext } from "./readers.ts";
import type { Settings } from "./settings.ts";
import type { Teardown } from "./teardown.ts";

/** A reader that is flushed at the end of the process. */
export type LastFlush = LastReader & Pick<PushReader, "endBegins">;

/** Readers and the history. */
export class Exports {
  /** Each reader of the configuration by itself. */
  readonly made: readonly MadeReader[];
  readonly history: MadeHistory | undefined;

  constructor(made: readonly MadeReader[] = [], history?: MadeHistory) {
    this.made = made;
    this.history = history;
  }

  /** All readers for the provider. */
  get readers(): readonly IMetricReader[] {
    return [...this.made.map(({ reader }) => reader), ...(this.history ? [this.history.reader] : [])];
  }

  /** The readers that serve HTTP and have to be started. */
  get endpoints(): readonly PrometheusEndpoint[] {
    return this.made.flatMap(({ endpoint }) => endpoint ?? []);
  }

  /** Readers that can export their last interval when the process ends at once. */
  get last(): readonly LastFlush[] {
    return [...this.made, this.history].flatMap((each) => each?.last ?? []);
  }

  /** Promises of the other readers; each rejects if the reader does not work as configured. */
  get ready(): readonly Promise<void>[] {
    return [...this.made, this.history].flatMap((each) => each?.ready ?? []);
  }
}

/** Makes the readers and the history of a configuration. Another SDK's provider takes no readers: its history has events only. */
export function makeExports(
  choice: ProviderChoice,
  { configuration, options }: Settings,
  context: ReaderContext,
  teardown: Teardown,
): Exports {
  if (choice === "none") return new Exports();
  const made = choice === "ours" ? makeReaders(configuration, options, context) : [];
  const history = makeHistory(configuration, context);
  if (history !== undefined) {
    // Closed after the provider, whose readers store their last collection in it.
    teardown.add(() => history.history.close());
    teardown.add(() => history.flushEvents());
  }
  return new Exports(made, history);
}
