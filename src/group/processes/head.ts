// Format of a state's head: two records, written in turns. A record that the end of a process tore is never the last
// whole one.
//
// ```
//    0  u32  magic            32  f64  bytes of cells
//    4  u32  CRC-32 of rest   40  u32  number of the log
//    8  f64  sequence         44  u32  CRC-32 of the log
//   16  f64  time, Unix ms    48  u32  CRC-32 of the cells
//   24  f64  bytes of log     52  u32  process id
//                             56       reserved
// ```
//
// Record and cells of sequence `n` are at `n % 2`.
import { crc32 } from "../../io/bytes/crc32.ts";

const MAGIC = 0x31474d54;
const RECORD_BYTES = 64;

/** Size of a head: both records. */
export const HEAD_BYTES: number = 2 * RECORD_BYTES;

/** Description of a whole state. */
export interface Head {
  /** 1 for the first state; grows by 1 with each. */
  readonly sequence: number;
  readonly timeUnixMillis: number;
  readonly logLength: number;
  readonly cellsLength: number;
  /** Number of the log's file: a new one is begun if the log starts again. */
  readonly logNumber: number;
  readonly logCrc: number;
  readonly cellsCrc: number;
  readonly pid: number;
}

/** One record, and its position in the head. */
export function encodeHead(head: Head): { readonly record: Uint8Array; readonly position: number } {
  const record = Buffer.alloc(RECORD_BYTES);
  record.writeUInt32LE(MAGIC, 0);
  record.writeDoubleLE(head.sequence, 8);
  record.writeDoubleLE(head.timeUnixMillis, 16);
  record.writeDoubleLE(head.logLength, 24);
  record.writeDoubleLE(head.cellsLength, 32);
  record.writeUInt32LE(head.logNumber, 40);
  record.writeUInt32LE(head.logCrc, 44);
  record.writeUInt32LE(head.cellsCrc, 48);
  record.writeUInt32LE(head.pid, 52);
  record.writeUInt32LE(crc32(record.subarray(8)), 4);
  return { record, position: (head.sequence % 2) * RECORD_BYTES };
}

/** The newer of the valid records; `undefined` if both are invalid. */
export function newestHead(bytes: Buffer): Head | undefined {
  let newest: Head | undefined;
  for (let position = 0; position + RECORD_BYTES <= bytes.length; position += RECORD_BYTES) {
    const head = decodeRecord(bytes.subarray(position, position + RECORD_BYTES));
    if (head !== undefined && head.sequence > (newest?.sequence ?? 0)) newest = head;
  }
  return newest;
}

function decodeRecord(record: Buffer): Head | undefined {
  if (record.readUInt32LE(0) !== MAGIC || record.readUInt32LE(4) !== crc32(record.subarray(8)))
    return undefined;
  const head = {
    sequence: record.readDoubleLE(8),
    timeUnixMillis: record.readDoubleLE(16),
    logLength: record.readDoubleLE(24),
    cellsLength: record.readDoubleLE(32),
    logNumber: record.readUInt32LE(40),
    logCrc: record.readUInt32LE(44),
    cellsCrc: record.readUInt32LE(48),
    pid: record.readUInt32LE(52),
  };
  return [head.sequence, head.logLength, head.cellsLength].every(isCount) ? head : undefined;
}

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}
