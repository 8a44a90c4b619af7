/** The part of Microsoft SQL Server that the tests need, over version 7.4 of its protocol TDS, without encryption. */
import { once } from "node:events";
import { createServer, type Socket } from "node:net";
import { addressOf } from "../kit/address-of.ts";

/** A running server. */
export interface SmallSqlServer {
  readonly port: number;
  stop(): Promise<void>;
}

const HEADER_BYTES = 8;
const END_OF_MESSAGE = 1;
// Set in a message that was cancelled before its end.
const IGNORE = 2;
const REPLY = 4;
const MESSAGE = {
  batch: 1,
  rpc: 3,
  attention: 6,
  bulk: 7,
  transaction: 14,
  login: 16,
  prelogin: 18,
} as const;
const TOKEN = {
  columns: 0x81,
  row: 0xd1,
  error: 0xaa,
  login: 0xad,
  change: 0xe3,
  value: 0xac,
  done: 0xfd,
} as const;
const DONE = { error: 0x02, count: 0x10, attention: 0x20 } as const;
const CHANGE = { database: 1, begun: 8, committed: 9, rolledBack: 10 } as const;
const INT = 0x26;
const [BY_NUMBER, PREPARE] = [0xffff, 11];

/**
 * Serves on loopback. `SELECT` returns one row. A statement with `nowhere` returns an error, with `constraint` two. With `forever` it
 * runs until it is cancelled.
 */
export async function startSqlServer(): Promise<SmallSqlServer> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    let read = Buffer.alloc(0);
    let message = Buffer.alloc(0);
    socket.on("data", (data: Buffer) => {
      read = Buffer.concat([read, data]);
      while (read.length >= HEADER_BYTES && read.length >= read.readUInt16BE(2)) {
        const [type = 0, status = 0] = read;
        message = Buffer.concat([message, read.subarray(HEADER_BYTES, read.readUInt16BE(2))]);
        read = read.subarray(read.readUInt16BE(2));
        if ((status & END_OF_MESSAGE) === 0) continue;
        const answer = (status & IGNORE) === 0 ? answerTo(type, message) : [done()];
        message = Buffer.alloc(0);
        for (const body of answer) socket.write(packet(body));
      }
    });
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: addressOf(server).port,
    async stop() {
      server.close();
      for (const socket of sockets) socket.destroy();
      await once(server, "close");
    },
  };
}

function packet(body: Buffer): Buffer {
  const header = Buffer.alloc(HEADER_BYTES);
  header[0] = REPLY;
  header[1] = END_OF_MESSAGE;
  header.writeUInt16BE(HEADER_BYTES + body.length, 2);
  return Buffer.concat([header, body]);
}

type Messages = readonly Buffer[];

function answerTo(type: number, message: Buffer): Messages {
  switch (type) {
    case MESSAGE.prelogin:
      return [prelogin()];
    case MESSAGE.login:
      return whole(change(CHANGE.database, text(databaseIn(message))), loggedIn(), done());
    case MESSAGE.attention:
      // The first message is the end of the cancelled request.
      return [done(), done(DONE.attention)];
    case MESSAGE.bulk:
      return [done(DONE.count, 1)];
    case MESSAGE.transaction:
      return whole(...transaction(message), done());
    default:
      return answerToStatement(type, message);
  }
}

function whole(...tokens: readonly Buffer[]): Messages {
  return [Buffer.concat(tokens)];
}

// Statements and names are in UTF-16.
function answerToStatement(type: number, message: Buffer): Messages {
  const statement = message.toString("latin1").replaceAll("\0", "");
  if (statement.includes("forever")) return [];
  if (statement.includes("nowhere")) return whole(error(208, "no such table"), done(DONE.error));
  if (statement.includes("constraint"))
    return whole(error(1_785, "may cause cycles"), error(1_750, "see previous errors"), done(DONE.error));
  const [, database] = /USE (\w+)/.exec(statement) ?? [];
  if (database !== undefined) return whole(change(CHANGE.database, text(database)), done());
  // After the headers, with a length of their own, there is the number of a procedure of the system, or its name.
  const call = message.subarray(message.readUInt32LE(0));
  const isPrepare =
    type === MESSAGE.rpc && call.readUInt16LE(0) === BY_NUMBER && call.readUInt16LE(2) === PREPARE;
  if (isPrepare || statement.includes("sp_prepare")) return whole(handle(), done());
  return whole(...(/select/i.test(statement) ? [oneRow()] : []), done(DONE.count, 1));
}

// Its only options are the version and that it has no encryption.
function prelogin(): Buffer {
  const [version, encryption, end, notSupported] = [0, 1, 0xff, 2];
  return Buffer.from([version, 0, 11, 0, 6, encryption, 0, 17, 0, 1, end, 16, 0, 0, 0, 0, 0, notSupported]);
}

function databaseIn(login: Buffer): string {
  const [offset, length] = [login.readUInt16LE(68), login.readUInt16LE(70)];
  return login.toString("utf16le", offset, offset + 2 * length) || "master";
}

function loggedIn(): Buffer {
  const version = [0x74, 0, 0, 4];
  return token(TOKEN.login, [Buffer.from([1, ...version]), text("small"), Buffer.from([16, 0, 0, 0])]);
}

function transaction(message: Buffer): readonly Buffer[] {
  const kind = message.readUInt16LE(message.readUInt32LE(0));
  const kinds: Readonly<Record<number, number>> = {
    5: CHANGE.begun,
    7: CHANGE.committed,
    8: CHANGE.rolledBack,
  };
  const changed = kinds[kind];
  if (changed === undefined) return [];
  const descriptor = Buffer.from([8, 1, 2, 3, 4, 5, 6, 7, 8]);
  const none = Buffer.from([0]);
  const isBegin = changed === CHANGE.begun;
  const values = Buffer.concat(isBegin ? [descriptor, none] : [none, descriptor]);
  return [token(TOKEN.change, [Buffer.from([changed]), values])];
}

function change(kind: number, value: Buffer): Buffer {
  return token(TOKEN.change, [Buffer.from([kind]), value, text("")]);
}

function error(number: number, message: string): Buffer {
  const [state, severity, line] = [1, 16, int(1)];
  const long = Buffer.concat([short(message.length), Buffer.from(message, "utf16le")]);
  return token(TOKEN.error, [
    int(number),
    Buffer.from([state, severity]),
    long,
    text("small"),
    text(""),
    line,
  ]);
}

function oneRow(): Buffer {
  const [columns, userType, flags] = [short(1), int(0), short(0)];
  const head = [Buffer.from([TOKEN.columns]), columns, userType, flags, Buffer.from([INT, 4]), text("n")];
  return Buffer.concat([...head, Buffer.from([TOKEN.row, 4]), int(1)]);
}

// The value of an output parameter.
function handle(): Buffer {
  const [ordinal, isOutput, userType, flags] = [short(0), Buffer.from([1]), int(0), short(0)];
  const head = [Buffer.from([TOKEN.value]), ordinal, text("@handle"), isOutput, userType, flags];
  return Buffer.concat([...head, Buffer.from([INT, 4, 4]), int(7)]);
}

function done(status = 0, count = 0): Buffer {
  const rows = Buffer.alloc(8);
  rows.writeUInt32LE(count);
  return Buffer.concat([Buffer.from([TOKEN.done]), short(status), short(0), rows]);
}

function token(kind: number, parts: readonly Buffer[]): Buffer {
  const body = Buffer.concat(parts);
  return Buffer.concat([Buffer.from([kind]), short(body.length), body]);
}

function short(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16LE(value);
  return bytes;
}

function int(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32LE(value);
  return bytes;
}

function text(value: string): Buffer {
  return Buffer.concat([Buffer.from([value.length]), Buffer.from(value, "utf16le")]);
}
