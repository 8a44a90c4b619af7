// Files that are watched by looking at their content. `fs.watch` misses symbolic links that swap, as those of Kubernetes'
// ConfigMaps do, and editors that replace a file.
import { readText, readTextSync } from "./open-file.ts";
import { type Stats, statSync } from "node:fs";
import { stat } from "node:fs/promises";
import { errorCode, errorMessage } from "../../diagnostics/error-message.ts";
import { realClearTimeout, realSetTimeout } from "../timeout.ts";

const INTERVAL_MILLIS = 5_000;

/** The text of a file, or why it cannot be read. Two of them are equal if their `key` is. */
export interface FileContent {
  readonly key: string;
  readonly text: string | undefined;
  /** Why there is no text. */
  readonly reason: string;
}

/** Reads a file of at most `maxBytes`. Never rejects. */
export async function contentOf(file: string, maxBytes: number): Promise<FileContent> {
  try {
    assertSize(await stat(file), maxBytes);
    return readable(await readText(file));
  } catch (error) {
    return unreadable(error);
  }
}

/** Synchronous form of {@link contentOf}. Never throws. */
export function contentOfSync(file: string, maxBytes: number): FileContent {
  try {
    assertSize(statSync(file), maxBytes);
    return readable(readTextSync(file));
  } catch (error) {
    return unreadable(error);
  }
}

function assertSize(stats: Stats, maxBytes: number): void {
  if (!stats.isFile() || stats.size > maxBytes)
    throw new RangeError(`must be a file of at most ${maxBytes} bytes`);
}

function readable(text: string): FileContent {
  return { key: text, text, reason: "" };
}

// The first character cannot occur in a valid file. A file may vanish between two calls, which are part of the reason.
function unreadable(error: unknown): FileContent {
  const reason = errorMessage(error);
  return { key: `\u0000${errorCode(error) ?? reason}`, text: undefined, reason };
}

/** Calls `look` again and again; a call that takes longer delays the next. The timer does not keep the process alive. */
export class RepeatedLook {
  readonly #look: () => Promise<unknown>;
  readonly #intervalMillis: number;
  #timer: NodeJS.Timeout | undefined;
  #isEnded = false;

  /** @param look must not reject. @param intervalMillis time between two calls; 5,000 by default. */
  constructor(look: () => Promise<unknown>, intervalMillis: number = INTERVAL_MILLIS) {
    this.#look = look;
    this.#intervalMillis = intervalMillis;
  }

  get isEnded(): boolean {
    return this.#isEnded;
  }

  start(): void {
    if (this.#timer === undefined && !this.#isEnded) this.#wait();
  }

  end(): void {
    this.#isEnded = true;
    realClearTimeout(this.#timer);
  }

  #wait(): void {
    this.#timer = realSetTimeout(() => {
      void this.#look().finally(() => {
        if (!this.#isEnded) this.#wait();
      });
    }, this.#intervalMillis).unref();
  }
}
