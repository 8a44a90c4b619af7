import { diag } from "@opentelemetry/api";

const MAX_KEYS = 1_000;

/** Logs one message for each key, for 1,000 keys at most. */
export class LogOnce {
  readonly #keys = new Set<string>();

  /** Logs what `message` returns as a warning, if nothing was logged for `key` before. */
  warn(key: string, message: () => string): void {
    if (this.#isFirst(key)) diag.warn(`${message()}; this is logged once`);
  }

  /** The same as an error, with what was thrown. */
  error(key: string, message: () => string, thrown: unknown): void {
    if (this.#isFirst(key)) diag.error(`${message()}; this is logged once`, thrown);
  }

  #isFirst(key: string): boolean {
    if (this.#keys.has(key) || this.#keys.size >= MAX_KEYS) return false;
    this.#keys.add(key);
    return true;
  }
}

const ofProcess = new LogOnce();

/** Logs `message` as a warning, once in the process. */
export function warnOnce(message: string, key: string = message): void {
  ofProcess.warn(key, () => message);
}
