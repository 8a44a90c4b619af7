// Sizes of the bodies of requests and responses, by option `bodySizes`.
import type { Attributes, Histogram } from "@opentelemetry/api";
import { IncomingMessage, OutgoingMessage } from "node:http";
import { attached } from "../shared/attached.ts";
import { fieldOf, isObject } from "../shared/fields.ts";
import { sizeHistogram } from "../shared/instruments.ts";
import type { Recording } from "../shared/recording.ts";
import { headerIn } from "./attributes.ts";

const LENGTH = /^\d{1,15}$/;
const BODILESS: readonly unknown[] = [204, 304];

/** Sizes of the bodies of one side's requests. */
type RecordSizes = (attributes: Attributes, request: object, response: unknown) => void;

/** Counts the bytes of bodies, and records their sizes. */
export class BodySizes {
  readonly #recording: Recording<unknown>;
  readonly #received = attached<number>();
  readonly #sent = attached<number>();

  constructor(recording: Recording<unknown>) {
    this.#recording = recording;
    this.#count(IncomingMessage.prototype, this.#received, "push");
    this.#count(OutgoingMessage.prototype, this.#sent, "write", "end");
    const channels = { bodyChunkReceived: this.#received, bodyChunkSent: this.#sent };
    for (const [channel, counts] of Object.entries(channels))
      recording.subscribe(`undici:request:${channel}`, ({ request, chunk }) => {
        if (isObject(request)) add(counts, request, sizeOf(chunk));
      });
  }

  /** Counts the bytes of all streams of the class of this one. */
  countStreams(stream: object): void {
    const prototype: unknown = Object.getPrototypeOf(stream);
    this.#count(prototype, this.#received, "push");
    this.#count(prototype, this.#sent, "write", "end");
  }

  #count(prototype: unknown, counts: Counts, ...methods: readonly string[]): void {
    for (const method of methods)
      this.#recording.before(prototype, method, (message, chunk, encoding) => {
        if (isObject(message)) add(counts, message, sizeOf(chunk, encoding));
      });
  }

  /** Returns a function that records the sizes of a served request, which has ended. */
  get served(): RecordSizes {
    const { meter } = this.#recording;
    const requests = sizeHistogram(meter, "http.server.request.body.size");
    const responses = sizeHistogram(meter, "http.server.response.body.size");
    return (attributes, request, response) => {
      record(requests, attributes, announced(request) ?? this.#received.get(keyOf(request)) ?? none(request));
      if (!isObject(response) || attributes["http.response.status_code"] === undefined) return;
      const size = this.#sent.get(keyOf(response)) ?? announced(response) ?? none(response);
      record(responses, attributes, isBodiless(attributes, request) ? 0 : size);
    };
  }

  /** Returns a function that records the sizes of an own request. A request that has failed may have no response. */
  get sent(): RecordSizes {
    const { meter } = this.#recording;
    const requests = sizeHistogram(meter, "http.client.request.body.size");
    const responses = sizeHistogram(meter, "http.client.response.body.size");
    return (attributes, request, response) => {
      record(requests, attributes, this.#sent.get(keyOf(request)) ?? announced(request) ?? none(request));
      if (!isObject(response)) return;
      // Chunks of undici have their request alone.
      const counted = this.#received.get(keyOf(response)) ?? this.#received.get(request);
      const size = announced(response) ?? counted ?? none(response);
      record(responses, attributes, isBodiless(attributes, request) ? 0 : size);
    };
  }
}

type Counts = ReturnType<typeof attached<number>>;

function add(counts: Counts, message: object, size: number): void {
  if (size > 0) counts.set(message, (counts.get(message) ?? 0) + size);
}

function sizeOf(chunk: unknown, encoding?: unknown): number {
  if (chunk instanceof Uint8Array) return chunk.byteLength;
  if (typeof chunk !== "string") return 0;
  return Buffer.byteLength(
    chunk,
    typeof encoding === "string" && Buffer.isEncoding(encoding) ? encoding : "utf8",
  );
}

// Bytes of a request of HTTP/2 are counted for its stream.
function keyOf(message: object): object {
  const stream = fieldOf(message, "stream");
  return isObject(stream) ? stream : message;
}

// The length in its header; not of a message that was cut off, as any number may be announced.
function announced(message: object): number | undefined {
  const isLost = fieldOf(fieldOf(message, "socket"), "destroyed") === true;
  if (isLost && fieldOf(message, "complete") === false) return undefined;
  // undici keeps it apart.
  const given = fieldOf(message, "contentLength") ?? headerIn(message, "content-length");
  const text = String(given);
  return LENGTH.test(text) ? Number(text) : undefined;
}

// The size of a body of which no bytes were counted; `undefined` if they are not counted for such a message.
function none(message: object): 0 | undefined {
  const isCounted = message instanceof IncomingMessage || message instanceof OutgoingMessage;
  return isCounted || keyOf(message) !== message || fieldOf(message, "body") === null ? 0 : undefined;
}

// Such a response may announce a length.
function isBodiless(attributes: Attributes, request: object): boolean {
  return fieldOf(request, "method") === "HEAD" || BODILESS.includes(attributes["http.response.status_code"]);
}

function record(histogram: Histogram, attributes: Attributes, size: number | undefined): void {
  if (size !== undefined) histogram.record(size, attributes);
}
