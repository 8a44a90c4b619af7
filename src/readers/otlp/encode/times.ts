// Times of points and exemplars: nanoseconds since the epoch, in 64 bits.
import type { HrTime } from "@opentelemetry/api";
import type { SeriesSource } from "../../../engine/collection/series-source.ts";
import type { ByteWriter } from "../../../io/bytes/writer.ts";

const TWO_TO_16 = 2 ** 16;
const TWO_TO_32 = 2 ** 32;

/** Fields 2 and 3 of points of every kind, the start and the end of their interval. */
export class PointTimesWriter {
  #unixMillis = 0;
  // Many series of a collection begin at the same time, and all end at one.
  readonly #start = new MillisTime();
  readonly #end = new MillisTime();

  /** Sets the time of the next collection, in milliseconds since the epoch. */
  begin(unixMillis: number): void {
    this.#unixMillis = unixMillis;
    this.#end.set(unixMillis);
  }

  write(writer: ByteWriter, series: SeriesSource, row: number): void {
    const times = series.timesOf?.(row);
    if (times === undefined) {
      // A series may begin while the collection is walked.
      this.#start.set(Math.min(series.startTimeOf(row), this.#unixMillis));
      writer.taggedFixed64(0x11, this.#start.low, this.#start.high);
      writer.taggedFixed64(0x19, this.#end.low, this.#end.high);
    } else {
      writer.byte(0x11);
      writeTime(writer, times.startTime);
      writer.byte(0x19);
      writeTime(writer, times.endTime);
    }
  }
}

/** Writes a time's nanoseconds as a fixed64; wrong before 1970 and after 2554. */
export function writeTime(writer: ByteWriter, time: HrTime): void {
  writer.words(lowNanos(time[0], time[1]), highNanos(time[0], time[1]));
}

class MillisTime {
  low = 0;
  high = 0;
  #unixMillis = 0;

  set(unixMillis: number): void {
    if (unixMillis === this.#unixMillis) return;
    const seconds = Math.floor(unixMillis / 1e3);
    const nanoseconds = Math.round((unixMillis - seconds * 1e3) * 1e6);
    this.#unixMillis = unixMillis;
    this.low = lowNanos(seconds, nanoseconds);
    this.high = highNanos(seconds, nanoseconds);
  }
}

// seconds * 1e9 + nanoseconds is beyond exact doubles, so the seconds are taken in two parts, of 16 bits and of the rest:
// neither has more than 2^49 nanoseconds. Bit operations take a double's lower 32 bits.
function lowNanos(seconds: number, nanoseconds: number): number {
  const upper = Math.floor(seconds / TWO_TO_16) * 1e9;
  const lower = (seconds & 0xffff) * 1e9 + nanoseconds;
  return ((upper & 0xffff) * TWO_TO_16 + (lower >>> 0)) >>> 0;
}

function highNanos(seconds: number, nanoseconds: number): number {
  const upper = Math.floor(seconds / TWO_TO_16) * 1e9;
  const lower = (seconds & 0xffff) * 1e9 + nanoseconds;
  const carried = (upper & 0xffff) * TWO_TO_16 + lower;
  return (Math.floor(upper / TWO_TO_16) + Math.floor(carried / TWO_TO_32)) >>> 0;
}
