/**
 * The part of Kafka that a client of its newest protocol needs, over its real protocol. It has one broker, topics of
 * one partition and groups of one member. librdkafka's mock supports older versions only.
 */
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { createServer, type Server, type Socket } from "node:net";
import { Reader, Writer } from "@platformatic/kafka";
import { freePort, reapLater } from "../kit/process.ts";

/** A running broker. It ends with the test (or file) that started it. */
export interface SmallKafka {
  /** Address as `host:port`. */
  readonly broker: string;
  /** Stops it and closes all connections at once; its messages are kept. */
  kill(): Promise<void>;
  /** Starts it again, at the same port. */
  startAgain(): Promise<void>;
  /** Makes each member rejoin at its next heartbeat, since the group reassigns its partitions. */
  rebalance(): void;
}

interface Topic {
  readonly name: string;
  readonly id: string;
  readonly batches: { readonly first: bigint; readonly count: number; readonly bytes: Buffer }[];
}

const REBALANCE_IN_PROGRESS = 27;
const HOST = "127.0.0.1";

/** Serves on loopback; a topic is created at its first use. */
export async function startSmallKafka(lifetime: "test" | "file" = "test"): Promise<SmallKafka> {
  const port = await freePort();
  const kafka = new Broker(port);
  let server = await listening(port, kafka);
  const kill = async (): Promise<void> => {
    const closed = once(server, "close");
    server.close();
    kafka.dropConnections();
    await closed;
  };
  reapLater(async () => {
    if (server.listening) await kill();
  }, lifetime);
  return {
    broker: `${HOST}:${port}`,
    kill,
    async startAgain() {
      server = await listening(port, kafka);
    },
    rebalance: () => (kafka.isRebalancing = true),
  };
}

async function listening(port: number, kafka: Broker): Promise<Server> {
  const server = createServer((socket) => kafka.serve(socket)).listen(port, HOST);
  await once(server, "listening");
  return server;
}

type Answer = (request: Reader, response: Writer) => void | Promise<void>;

class Broker {
  isRebalancing = false;
  readonly #port: number;
  readonly #sockets = new Set<Socket>();
  readonly #topics = new Map<string, Topic>();
  readonly #committed = new Map<string, bigint>();
  #generation = 0;

  // By the number of the request; one version each.
  readonly #answers: ReadonlyMap<number, readonly [version: number, Answer]> = new Map([
    [0, [9, (request, response) => this.#produce(request, response)]],
    [1, [13, (request, response) => this.#fetch(request, response)]],
    [2, [9, (request, response) => this.#listOffsets(request, response)]],
    [3, [12, (request, response) => this.#metadata(request, response)]],
    [8, [9, (request, response) => this.#commit(request, response)]],
    [9, [9, (request, response) => this.#committedOffsets(request, response)]],
    [10, [4, (request, response) => this.#coordinator(request, response)]],
    [11, [9, (request, response) => this.#join(request, response)]],
    [12, [4, (_, response) => void response.appendInt32(0).appendInt16(this.#heartbeatError())]],
    [
      13,
      [
        5,
        (_, response) =>
          void response
            .appendInt32(0)
            .appendInt16(0)
            .appendArray([], () => {}),
      ],
    ],
    [14, [5, (request, response) => this.#sync(request, response)]],
    [18, [3, (_, response) => this.#versions(response)]],
  ]);

  constructor(port: number) {
    this.#port = port;
  }

  serve(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on("close", () => this.#sockets.delete(socket)).on("error", () => {});
    let chunks: Buffer[] = [];
    let length = 0;
    let needed = 4;
    socket.on("data", (chunk: Buffer) => {
      chunks.push(chunk);
      length += chunk.length;
      while (length >= needed) {
        const rest = Buffer.concat(chunks);
        const end = 4 + rest.readInt32BE();
        if (length >= end) {
          void this.#answer(socket, Reader.from(rest.subarray(4, end)));
          chunks = [rest.subarray(end)];
          length -= end;
          needed = 4;
        } else {
          chunks = [rest];
          needed = end;
        }
      }
    });
  }

  dropConnections(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  async #answer(socket: Socket, request: Reader): Promise<void> {
    const [key] = [request.readInt16(), request.readInt16()];
    const response = Writer.create().appendInt32(request.readInt32());
    request.readNullableString(false);
    request.readTaggedFields();
    // The only response whose header has no tags, so that every client can read it.
    if (key !== 18) response.appendTaggedFields();
    await this.#answers.get(key)?.[1](request, response);
    if (!socket.destroyed) socket.write(response.appendTaggedFields().prependLength().buffer);
  }

  #versions(response: Writer): void {
    response
      .appendInt16(0)
      .appendArray([...this.#answers], (w, [key, [version]]) => {
        w.appendInt16(key).appendInt16(version).appendInt16(version);
      })
      .appendInt32(0);
  }

  #topic(name: string): Topic {
    let topic = this.#topics.get(name);
    if (topic === undefined) this.#topics.set(name, (topic = { name, id: randomUUID(), batches: [] }));
    return topic;
  }

  #metadata(request: Reader, response: Writer): void {
    const names = request.readNullableArray((r) => {
      r.readUUID();
      return r.readNullableString() ?? "";
    });
    response
      .appendInt32(0)
      .appendArray([0], (w) => w.appendInt32(1).appendString(HOST).appendInt32(this.#port).appendString(null))
      .appendString("small")
      .appendInt32(1)
      .appendArray(
        (names ?? []).map((name) => this.#topic(name)),
        (w, { name, id }) => {
          w.appendInt16(0).appendString(name).appendUUID(id).appendBoolean(false);
          w.appendArray([0], (v, partition) => {
            v.appendInt16(0).appendInt32(partition).appendInt32(1).appendInt32(0);
            for (const nodes of [[1], [1], []])
              v.appendArray(nodes, (u, node) => u.appendInt32(node), true, false);
          });
          w.appendInt32(0);
        },
      );
  }

  #produce(request: Reader, response: Writer): void {
    request.readNullableString();
    request.skip(6);
    const names = request.readArray((r) => {
      const topic = this.#topic(r.readString());
      r.readArray((q) => {
        q.readInt32();
        const bytes = Buffer.from(q.readBytes());
        const first = endOf(topic);
        bytes.writeBigInt64BE(first);
        // The number of records follows the first 57 bytes of a batch's header.
        topic.batches.push({ first, count: bytes.readInt32BE(57), bytes });
      });
      return topic.name;
    });
    response
      .appendArray(names, (w, name) => {
        w.appendString(name).appendArray([0], (v) => {
          v.appendInt32(0).appendInt16(0).appendInt64(0n).appendInt64(-1n).appendInt64(0n);
          v.appendArray([], () => {}).appendString(null);
        });
      })
      .appendInt32(0);
  }

  async #fetch(request: Reader, response: Writer): Promise<void> {
    // A client that polls an empty topic gets a delayed response.
    await new Promise((resolve) => setTimeout(resolve, 10));
    request.skip(4 + 4 + 4 + 4 + 1 + 4 + 4);
    const asked = request.readArray((r) => {
      const id = r.readUUID();
      const [offset = 0n] = r.readArray((q) => {
        q.skip(8);
        const fetchOffset = q.readInt64();
        q.skip(16);
        return fetchOffset;
      });
      return { topic: [...this.#topics.values()].find((topic) => topic.id === id), id, offset };
    });
    response
      .appendInt32(0)
      .appendInt16(0)
      .appendInt32(0)
      .appendArray(asked, (w, { topic, id, offset }) => {
        const end = topic === undefined ? 0n : endOf(topic);
        const batches = topic?.batches.filter(({ first, count }) => first + BigInt(count) > offset) ?? [];
        w.appendUUID(id).appendArray([0], (v) => {
          v.appendInt32(0).appendInt16(0).appendInt64(end).appendInt64(end).appendInt64(0n);
          v.appendArray([], () => {}).appendInt32(-1);
          v.appendBytes(Buffer.concat(batches.map(({ bytes }) => bytes)));
        });
      });
  }

  #listOffsets(request: Reader, response: Writer): void {
    request.skip(5);
    const topics = request.readArray((r) => {
      const name = r.readString();
      const [timestamp = -1n] = r.readArray((q) => {
        q.skip(8);
        return q.readInt64();
      });
      return { name, offset: timestamp === -2n ? 0n : endOf(this.#topic(name)) };
    });
    response.appendInt32(0).appendArray(topics, (w, { name, offset }) => {
      w.appendString(name).appendArray([0], (v) => {
        v.appendInt32(0).appendInt16(0).appendInt64(-1n).appendInt64(offset).appendInt32(0);
      });
    });
  }

  #coordinator(request: Reader, response: Writer): void {
    request.skip(1);
    const keys = request.readArray((r) => r.readString(), true, false);
    response.appendInt32(0).appendArray(keys, (w, key) => {
      w.appendString(key).appendInt32(1).appendString(HOST).appendInt32(this.#port);
      w.appendInt16(0).appendString(null);
    });
  }

  #join(request: Reader, response: Writer): void {
    request.readString();
    request.skip(8);
    const given = request.readString();
    request.readNullableString();
    request.readString();
    const [protocol] = request.readArray((r) => ({ name: r.readString(), metadata: r.readBytes() }));
    const member = given === "" ? `member-${randomUUID()}` : given;
    this.isRebalancing = false;
    response
      .appendInt32(0)
      .appendInt16(0)
      .appendInt32(++this.#generation)
      .appendString("consumer")
      .appendString(protocol?.name ?? null)
      .appendString(member)
      .appendBoolean(false)
      .appendString(member)
      .appendArray([protocol], (w, each) => {
        w.appendString(member)
          .appendString(null)
          .appendBytes(each?.metadata ?? null);
      });
  }

  #sync(request: Reader, response: Writer): void {
    request.readString();
    request.skip(4);
    request.readString();
    for (let i = 0; i < 3; i++) request.readNullableString();
    const [assignment] = request.readArray((r) => {
      r.readString();
      return Buffer.from(r.readBytes());
    });
    response.appendInt32(0).appendInt16(0).appendString("consumer").appendString("p").appendBytes(assignment);
  }

  #heartbeatError(): number {
    return this.isRebalancing ? REBALANCE_IN_PROGRESS : 0;
  }

  #commit(request: Reader, response: Writer): void {
    const group = request.readString();
    request.skip(4);
    request.readString();
    request.readNullableString();
    const names = request.readArray((r) => {
      const name = r.readString();
      r.readArray((q) => {
        q.skip(4);
        this.#committed.set(`${group} ${name}`, q.readInt64());
        q.skip(4);
        q.readNullableString();
      });
      return name;
    });
    response.appendInt32(0).appendArray(names, (w, name) => {
      w.appendString(name).appendArray([0], (v) => v.appendInt32(0).appendInt16(0));
    });
  }

  #committedOffsets(request: Reader, response: Writer): void {
    const groups = request.readArray((r) => {
      const id = r.readString();
      r.readNullableString();
      r.skip(4);
      const names = r.readArray((q) => {
        const name = q.readString();
        q.readArray((p) => p.readInt32(), true, false);
        return name;
      });
      return { id, names };
    });
    response.appendInt32(0).appendArray(groups, (w, { id, names }) => {
      w.appendString(id).appendArray(names, (v, name) => {
        v.appendString(name).appendArray([0], (u) => {
          u.appendInt32(0).appendInt64(this.#committed.get(`${id} ${name}`) ?? -1n);
          u.appendInt32(0).appendString(null).appendInt16(0);
        });
      });
      w.appendInt16(0);
    });
  }
}

function endOf({ batches }: Topic): bigint {
  const last = batches.at(-1);
  return last === undefined ? 0n : last.first + BigInt(last.count);
}
