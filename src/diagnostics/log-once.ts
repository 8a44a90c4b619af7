import { diag } from "@opentelemetry/api";

const MAX_KEYS = 1_000;

/** Logs one message per key, for at most 1,000 keys. */
export class LogOnce {
  readonly #keys = new Set<string>();

  /** Logs the result of `message` as a warning, unless `key` was logged before. */
  warn(key: string, message: () => string): void {
    if (this.#isFirst(key)) diag.warn(`${message()}; this is logged once`);
  }

  /** Logs it as an error, with the thrown value. */
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
