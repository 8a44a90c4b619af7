/** The figures of this process and its threads, as other processes of the group read them. */
import { diag } from "@opentelemetry/api";
import { errorMessage } from "../diagnostics/error-message.ts";
import type { Collection } from "../engine/collection/collection.ts";
import type { StreamOrigin } from "../engine/streams/members.ts";
import type { FigureSource } from "./processes/state-writer.ts";
import { MemberReaders } from "./member-reader.ts";
import type { Chunk } from "./memory/chunks.ts";
import { ImageReader } from "./memory/image-reader.ts";
import { ImageWriter } from "./memory/image-writer.ts";
import type { MemberConfiguration } from "./member-configuration.ts";

/** Writes the state of this process. */
export type WriteState = (figures: FigureSource) => void;

/** Metrics that are not reported: there is one machine and one group, and the aggregator has their metrics. */
const OF_THE_AGGREGATOR = /^(?:system|container|hw|telemetry\.group)\./;

/** Whether a stream is reported. */
export function isReported({ instrument }: StreamOrigin): boolean {
  return !OF_THE_AGGREGATOR.test(instrument.name);
}

/** Reports of the thread that makes them. */
export class StateReport extends MemberReaders {
  #image = new ImageWriter({ isShared: false });
  readonly #write: WriteState;

  constructor(configuration: MemberConfiguration, write: WriteState) {
    super(configuration);
    this.#write = write;
  }

  /** Another thread has reported: it has counted the series that were removed meanwhile. */
  beginAnew(): void {
    this.#image = new ImageWriter({ isShared: false });
  }

  /** A new reader of the figures of the last report. */
  newImage(): ImageReader {
    const { cells, logs } = this.#image.chunks;
    let first: Chunk | undefined;
    let readLogs = 0;
    let readCells = 0;
    return new ImageReader(() => {
      // The log may have started again.
      if (first !== logs[0]) readLogs = 0;
      first = logs[0];
      return [
        ...cells.slice(readCells, (readCells = cells.length)),
        ...logs.slice(readLogs, (readLogs = logs.length)),
      ];
    });
  }

  /** Reports now. Never rejects. */
  async report(): Promise<void> {
    try {
      this.#put(await this.collect());
    } catch (error) {
      logFailure(error);
    }
  }

  /** Reports before the call returns, for the end of the process. */
  reportNow(): void {
    try {
      this.#put(this.collectNow());
    } catch (error) {
      logFailure(error);
    }
  }

  #put(collections: readonly Collection[]): void {
    this.#image.take(collections, isReported);
    this.#write(this.#image);
  }
}

/** Logs that a report has failed. */
export function logFailure(error: unknown): void {
  diag.error(`group: this process could not report its figures: ${errorMessage(error)}`);
}
