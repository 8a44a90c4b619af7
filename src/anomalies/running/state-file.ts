// The file that keeps what the detectors learned.
import { readFileSync } from "node:fs";
import { diag } from "@opentelemetry/api";
import { errorMessage } from "../../diagnostics/error-message.ts";
import { warnOnceAMinute } from "../../diagnostics/rate-limit.ts";
import { isAbsent } from "../../io/files/open-file.ts";
import { replaceFile } from "../../io/files/replace.ts";
import { Slices } from "../../io/yield.ts";
import { isObject } from "../../options/check.ts";

// Only its user can read the file.
const FILE_MODE = 0o600;
const VERSION = 1;

/** States of detectors by the key of their series. */
export class StateFile {
  readonly #path: string;
  readonly #service: string;

  /** @param service name of the service, whose file it must be. */
  constructor(path: string, service: string) {
    this.#path = path;
    this.#service = service;
  }

  /** Reads the states. A file that is damaged, or of another version or service, is ignored. */
  read(): Map<string, Uint8Array> {
    let content: unknown;
    try {
      content = JSON.parse(readFileSync(this.#path, "utf8"));
    } catch (error) {
      if (!isAbsent(error))
        diag.warn(`anomalies: "${this.#path}" cannot be read (${errorMessage(error)}); detectors learn anew`);
      return new Map();
    }
    if (!isObject(content) || content["version"] !== VERSION || content["service"] !== this.#service) {
      diag.info(`anomalies: "${this.#path}" is of another version or service; detectors learn anew`);
      return new Map();
    }
    const { states } = content;
    const entries = isObject(states) ? Object.entries(states) : [];
    return new Map(
      entries.flatMap(([key, state]) =>
        typeof state === "string" ? [[key, Buffer.from(state, "base64")]] : [],
      ),
    );
  }

  /** Replaces the file. Never rejects. */
  async write(states: Iterable<readonly [key: string, state: Uint8Array]>): Promise<void> {
    const head = JSON.stringify({ version: VERSION, service: this.#service });
    const pieces = [Buffer.from(`${head.slice(0, -1)},"states":{`)];
    const slices = new Slices();
    for (const [key, state] of states) {
      const separator = pieces.length === 1 ? "" : ",";
      const encoded = Buffer.from(state).toString("base64");
      pieces.push(Buffer.from(`${separator}\n${JSON.stringify(key)}:"${encoded}"`));
      await slices.next();
    }
    pieces.push(Buffer.from("}}\n"));
    try {
      await replaceFile(this.#path, pieces, FILE_MODE);
    } catch (error) {
      warnOnceAMinute(`anomalies: the state is not saved: ${errorMessage(error)}`, "anomalies");
    }
  }
}
