// The history of a configuration, and the reader that feeds it. Its code is loaded on demand.
import { errorMessage } from "../diagnostics/error-message.ts";
import { diag } from "@opentelemetry/api";
import type { Configuration } from "../options/index.ts";
import type { Events } from "../facades/index.ts";
import type { History, HistoryStore } from "../history/parts.ts";
import type { LastReader } from "./collect-on-exit.ts";
import type { ReaderContext } from "./readers.ts";
import type { PushReader } from "../readers/push-reader.ts";
import { part } from "#on-demand";

/** A history and its parts; the store may still be opening. */
export interface MadeHistory {
  readonly history: History;
  readonly store: HistoryStore;
  readonly reader: PushReader;
  /** For the end of the process: stores pending events with the last collection. */
  readonly last: LastReader & Pick<PushReader, "endBegins">;
  /** Rejects if the store cannot be opened, which is logged too. */
  readonly ready: Promise<void>;
  /** `false` once the store could not be opened. */
  readonly isUsable: () => boolean;
  /** Stores events from now on, and makes this the running history. Returns a function that undoes both. */
  keep(events: Events): () => void;
  /** Resolves once all events so far are stored or have failed. */
  flushEvents(): Promise<void>;
}

/** Begins the history of a configuration; `undefined` if none is configured. */
export function makeHistory(
  { history: settings, collectionIntervalMillis: intervalMillis, exportTimeoutMillis }: Configuration,
  { meter, onCollection }: ReaderContext,
): MadeHistory | undefined {
  if (settings === undefined) return undefined;
  const { EventStore, HistoryExporter, historyOn, HistoryStore, setRunningHistory } = part("history");
  const { countedExporter, PushReader } = part("push");
  const store = new HistoryStore(settings, intervalMillis);
  const eventStore = new EventStore(store);
  const exporter = countedExporter(new HistoryExporter(store), {
    name: "history",
    type: "history_metric_exporter",
    get timeoutMillis() {
      return reader.timeoutMillis;
    },
    meter,
  });
  const reader: PushReader = new PushReader({
    exporter,
    intervalMillis,
    timeoutMillis: exportTimeoutMillis,
    onCollection,
  });
  const ready = logged(store.ready());
  let isUsable = true;
  ready.catch(() => {
    isUsable = false;
  });
  return {
    history: historyOn(store),
    store,
    reader,
    last: {
      isDurable: true,
      flushSync() {
        eventStore.storePending((events) => store.appendLast({ events }));
        return reader.flushSync();
      },
      deliverLast: () => undefined,
      endBegins: (limitMillis) => reader.endBegins(limitMillis),
    },
    ready,
    isUsable: () => isUsable,
    keep(events) {
      const removals = [
        events.keepIn(eventStore),
        setRunningHistory({ history: store, events, eventStore, intervalMillis }),
      ];
      return () => {
        for (const remove of removals) remove();
      };
    },
    flushEvents: () => eventStore.flush(),
  };
}

async function logged(opening: Promise<void>): Promise<void> {
  try {
    await opening;
  } catch (error) {
    diag.error(errorMessage(error));
    throw error;
  }
}
