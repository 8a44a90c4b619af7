// Times as `Timestamp`s, in room that was reserved.
import type { Body } from "../document/body.ts";
import type { SampleContext } from "../document/format-kit.ts";
import { writeVarint } from "./bytes.ts";

// With its length; of either number no more than a varint has.
const MAX_BYTES = 23;

/** Writes a `Timestamp`, its length first. */
export function writeTimestamp(body: Body, seconds: number, nanoseconds: number): void {
  const at = body.at++;
  body.byte(0x08);
  writeVarint(body, seconds);
  body.byte(0x10);
  writeVarint(body, nanoseconds);
  body.bytes[at] = body.at - at - 1;
}

/** Since when series count: for most of a metric the same. */
export class StartTime {
  readonly #bytes = new Uint8Array(MAX_BYTES);
  #length = 0;
  #unixMillis = 0;

  /** Writes it as a `Timestamp`, its length first. */
  write(body: Body, { startTimeUnixMillis }: SampleContext): void {
    if (startTimeUnixMillis !== this.#unixMillis) {
      this.#writeNew(body, startTimeUnixMillis);
      return;
    }
    const { bytes, at } = body;
    for (let i = 0; i < this.#length; i++) bytes[at + i] = this.#bytes[i]!;
    body.at = at + this.#length;
  }

  #writeNew(body: Body, unixMillis: number): void {
    const begun = body.at;
    const seconds = Math.floor(unixMillis / 1e3);
    writeTimestamp(body, seconds, Math.round((unixMillis - seconds * 1e3) * 1e6));
    this.#bytes.set(body.bytes.subarray(begun, body.at));
    this.#length = body.at - begun;
    this.#unixMillis = unixMillis;
  }
}
