/** The part of Amazon's Simple Queue Service that the tests need, over its real JSON protocol. */
import { createHash, randomUUID } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server } from "node:http";
import { freePort, reapLater } from "../kit/process.ts";

/** A running service. It ends with the test (or file) that started it. */
export interface Sqs {
  readonly url: string;
  /** Ends the time for which received messages of a queue are hidden. */
  expire(queueUrl: string): void;
  /** Stops it and closes all connections at once; its queues are kept. */
  kill(): Promise<void>;
  /** Starts it again, at the same port. */
  startAgain(): Promise<void>;
}

interface Message {
  readonly MessageId: string;
  readonly Body: string;
  ReceiptHandle: string | undefined;
}

type Input = Readonly<Record<string, unknown>>;

/** Serves on loopback; a queue is created at its first use. A received message stays hidden until it is made visible. */
export async function startSqs(lifetime: "test" | "file" = "test"): Promise<Sqs> {
  const port = await freePort();
  const queues = new Queues();
  let server = await listening(port, queues);
  const kill = async (): Promise<void> => {
    const closed = once(server, "close");
    server.close();
    server.closeAllConnections();
    await closed;
  };
  reapLater(async () => {
    if (server.listening) await kill();
  }, lifetime);
  return {
    url: `http://127.0.0.1:${port}`,
    expire: (queueUrl) => queues.expire(queueUrl),
    kill,
    async startAgain() {
      server = await listening(port, queues);
    },
  };
}

async function listening(port: number, queues: Queues): Promise<Server> {
  const server = createServer((request, response) => {
    void inputOf(request).then((input) => {
      const action = String(request.headers["x-amz-target"]).replace("AmazonSQS.", "");
      const output = queues.answer(action, input);
      response.writeHead(output === undefined ? 400 : 200, { "content-type": "application/x-amz-json-1.0" });
      response.end(JSON.stringify(output ?? { __type: "com.amazonaws.sqs#InvalidAction", message: action }));
    });
  });
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  return server;
}

async function inputOf(request: IncomingMessage): Promise<Input> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  const input: Input = JSON.parse(Buffer.concat(chunks).toString());
  return input;
}

class Queues {
  readonly #byUrl = new Map<unknown, Message[]>();

  expire(url: string): void {
    for (const message of this.#queue(url)) message.ReceiptHandle = undefined;
  }

  answer(action: string, input: Input): object | undefined {
    const queue = this.#queue(input["QueueUrl"]);
    const entries = Array.isArray(input["Entries"]) ? input["Entries"] : [];
    switch (action) {
      case "SendMessage":
        return this.#send(queue, input);
      case "SendMessageBatch": {
        // Only an entry without a body fails.
        const good = entries.filter((entry: Input) => entry["MessageBody"] !== "");
        return {
          Successful: good.map((entry: Input) => ({ Id: entry["Id"], ...this.#send(queue, entry) })),
          Failed: entries
            .filter((entry: Input) => !good.includes(entry))
            .map((entry: Input) => ({ Id: entry["Id"], Code: "EmptyValue", SenderFault: true })),
        };
      }
      case "ReceiveMessage":
        return { Messages: this.#receive(queue, Number(input["MaxNumberOfMessages"] ?? 1)) };
      case "DeleteMessage":
        this.#delete(queue, input);
        return {};
      case "DeleteMessageBatch":
        for (const entry of entries) this.#delete(queue, entry);
        return { Successful: entries.map((entry: Input) => ({ Id: entry["Id"] })), Failed: [] };
      case "ChangeMessageVisibility":
        this.#show(queue, input);
        return {};
      case "ChangeMessageVisibilityBatch":
        for (const entry of entries) this.#show(queue, entry);
        return { Successful: entries.map((entry: Input) => ({ Id: entry["Id"] })), Failed: [] };
      case "GetQueueAttributes": {
        const visible = queue.filter((message) => message.ReceiptHandle === undefined);
        return { Attributes: { ApproximateNumberOfMessages: `${visible.length}` } };
      }
      default:
        return undefined;
    }
  }

  #queue(url: unknown): Message[] {
    let queue = this.#byUrl.get(url);
    if (queue === undefined) this.#byUrl.set(url, (queue = []));
    return queue;
  }

  #send(queue: Message[], input: Input): object {
    const message = { MessageId: randomUUID(), Body: String(input["MessageBody"]), ReceiptHandle: undefined };
    queue.push(message);
    return { MessageId: message.MessageId, MD5OfMessageBody: md5Of(message) };
  }

  #receive(queue: Message[], max: number): object[] | undefined {
    const visible = queue.filter((message) => message.ReceiptHandle === undefined).slice(0, max);
    for (const message of visible) message.ReceiptHandle = randomUUID();
    // The response of the real service if there are no messages.
    return visible.length === 0
      ? undefined
      : visible.map((message) => ({ ...message, MD5OfBody: md5Of(message) }));
  }

  #delete(queue: Message[], { ReceiptHandle }: Input): void {
    const index = queue.findIndex((message) => message.ReceiptHandle === ReceiptHandle);
    if (index >= 0) queue.splice(index, 1);
  }

  #show(queue: Message[], { ReceiptHandle, VisibilityTimeout }: Input): void {
    const message = queue.find((each) => each.ReceiptHandle === ReceiptHandle);
    if (message !== undefined && VisibilityTimeout === 0) message.ReceiptHandle = undefined;
  }
}

// Digest by which clients check that a message is complete.
function md5Of({ Body }: Message): string {
  return createHash("md5").update(Body).digest("hex");
}
