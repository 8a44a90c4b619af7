// A client of server-sent events over HTTP, as a browser's EventSource is one.
import { get, type IncomingMessage } from "node:http";
import { once } from "node:events";
import { onTestFinished } from "vitest";
import type { NewEvents, Points, Status, ViewData } from "../../../src/page/protocol.ts";

/** The events of a stream by their names. */
export interface StreamEvents {
  readonly view: ViewData;
  readonly points: Points;
  readonly status: Status;
  readonly events: NewEvents;
}

/** One event. */
interface Received {
  readonly name: string;
  readonly text: string;
}

/** An open stream. It is closed with the test. */
export class EventStream {
  readonly response: IncomingMessage;
  readonly #received: Received[] = [];
  #text = "";
  #wake = (): void => {};
  /** Characters so far. */
  length = 0;
  isClosed = false;

  private constructor(response: IncomingMessage) {
    this.response = response;
    response.setEncoding("utf8");
    response.on("data", (chunk: string) => this.#take(chunk));
    response.on("error", () => {});
    response.once("close", () => {
      this.isClosed = true;
      this.#wake();
    });
  }

  static async open(url: string, headers: Readonly<Record<string, string>> = {}): Promise<EventStream> {
    const request = get(url, { headers: { ...headers }, agent: false });
    const [response]: IncomingMessage[] = await once(request, "response");
    if (response === undefined) throw new Error("no response");
    const stream = new EventStream(response);
    onTestFinished(() => stream.close());
    return stream;
  }

  close(): void {
    this.response.destroy();
  }

  /** The next event of this name for which the condition holds. Earlier events are dropped. */
  async next<Name extends keyof StreamEvents>(
    name: Name,
    holds: (data: StreamEvents[Name]) => boolean = () => true,
  ): Promise<StreamEvents[Name]> {
    for (;;) {
      const event = this.#received.shift();
      if (event === undefined) {
        if (this.isClosed) throw new Error(`the stream ended before an event "${name}"`);
        await new Promise<void>((resolve) => (this.#wake = resolve));
      } else if (event.name === name) {
        const data: StreamEvents[Name] = JSON.parse(event.text);
        if (holds(data)) return data;
      }
    }
  }

  /** Resolves once the server has ended the stream. */
  async closed(): Promise<void> {
    while (!this.isClosed) await new Promise<void>((resolve) => (this.#wake = resolve));
  }

  #take(chunk: string): void {
    this.length += chunk.length;
    this.#text += chunk;
    const blocks = this.#text.split("\n\n");
    this.#text = blocks.pop() ?? "";
    for (const block of blocks) {
      const [, name, text] = /^event: (\w+)\ndata: (.*)$/.exec(block) ?? [];
      if (name !== undefined && text !== undefined) this.#received.push({ name, text });
    }
    this.#wake();
  }
}
