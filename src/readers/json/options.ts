// How reader `json` is set up.
import type { LogFileOptions } from "../../io/log-files/index.ts";

/** Where the document of each collection goes, and what it tells beside the figures. */
export interface JsonSnapshotOptions extends Omit<LogFileOptions, "file"> {
  /** Replaced, or with format `ndjson` appended to, at each collection. */
  readonly file?: string | undefined;
  /** Gets the document of each collection by POST, as `application/json`; http or https. */
  readonly url?: string | undefined;
  /**
   * Of the file: one document that is replaced, or one line a series a collection.
   *
   * @defaultValue "document"
   */
  readonly format?: "document" | "ndjson" | undefined;
  /** The document's `events_count`: events recorded and accepted since the start. */
  readonly eventsCount: () => number;
  /** The document's `running`: whether periodic collection runs. */
  readonly running: () => boolean;
}
