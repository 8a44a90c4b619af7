// Requests of `node:http2`, with the fields of other requests.
import type { Http2Session, Http2Stream } from "node:http2";
import { makeRoom } from "../../src/io/process-events.ts";
import { fieldOf } from "../shared/fields.ts";
import { ABORTED } from "./attributes.ts";

// The names of RFC 9113 by number.
const RESETS = (
  "NO_ERROR PROTOCOL_ERROR INTERNAL_ERROR FLOW_CONTROL_ERROR SETTINGS_TIMEOUT STREAM_CLOSED FRAME_SIZE_ERROR " +
  "REFUSED_STREAM CANCEL COMPRESSION_ERROR CONNECT_ERROR ENHANCE_YOUR_CALM INADEQUATE_SECURITY HTTP_1_1_REQUIRED"
).split(" ");
const RESET_ERRORS: readonly unknown[] = ["ERR_HTTP2_STREAM_ERROR", "ERR_HTTP2_SESSION_ERROR"];

/** A request that the application serves. */
export class ServedStream {
  readonly stream: Http2Stream;
  readonly session: Http2Session | undefined;
  readonly method: unknown;
  readonly url: unknown;
  readonly headers: object;

  constructor(stream: Http2Stream, headers: object) {
    this.stream = stream;
    this.session = stream.session;
    this.method = fieldOf(headers, ":method");
    this.url = fieldOf(headers, ":path");
    this.headers = headers;
  }

  get answer(): StreamAnswer {
    return new StreamAnswer(this.stream);
  }

  /** The `error.type` once the stream has closed; `undefined` if the response is complete. */
  get failure(): string | undefined {
    const { stream, session } = this;
    if (stream.rstCode !== 0) return resetName(stream.rstCode, session);
    // `aborted` is set if the stream closes before the response has ended. A stream may close before `finish` is emitted.
    return fieldOf(stream, "headersSent") === true && !stream.aborted ? undefined : ABORTED;
  }
}

/** The response to a request that the application serves. */
class StreamAnswer {
  readonly stream: Http2Stream;

  constructor(stream: Http2Stream) {
    this.stream = stream;
  }

  /** The status that was sent; 0 if none was. */
  get statusCode(): number {
    const status = fieldOf(this.stream.sentHeaders, ":status");
    return typeof status === "number" ? status : 0;
  }

  get headers(): Readonly<Record<string, unknown>> {
    return lowerCase(this.stream.sentHeaders);
  }
}

/** Functions called with the end of a request that the application makes. */
export interface SentStreamListeners {
  answered(request: SentStream, response: object): void;
  /** `error` is `undefined` if the response is complete. */
  ended(request: SentStream, error: object | undefined): void;
}

/** A request that the application makes. Its response begins and ends by listeners, of which each stream has one for each recording. */
export class SentStream {
  readonly stream: Http2Stream;
  readonly method: string;
  readonly origin: string;
  readonly path: string;
  #listeners: SentStreamListeners;
  #isAnswered = false;
  #isEnded = false;
  readonly #onClose: () => void;

  constructor(stream: Http2Stream, listeners: SentStreamListeners) {
    const { session, sentHeaders } = stream;
    this.stream = stream;
    this.#listeners = listeners;
    this.method = String(sentHeaders[":method"]);
    this.origin = `${String(sentHeaders[":scheme"])}://${String(sentHeaders[":authority"] ?? sentHeaders["host"])}`;
    this.path = String(sentHeaders[":path"]);
    makeRoom(stream);
    stream.on("response", (headers: unknown) => {
      this.#isAnswered = true;
      this.#listeners.answered(this, { statusCode: fieldOf(headers, ":status"), headers, stream });
    });
    this.#onClose = () => {
      this.#isEnded = true;
      const loss = lossOf(stream, session) ?? (this.#isAnswered ? undefined : { name: ABORTED });
      this.#listeners.ended(this, loss);
    };
    stream.on("close", this.#onClose);
  }

  get headers(): Readonly<Record<string, unknown>> {
    return lowerCase(this.stream.sentHeaders);
  }

  /** Whether it has ended, also if that is not seen, since the application has removed the listener or nothing was recorded. */
  get closed(): boolean {
    if (this.#isAnswered || this.#isEnded) return true;
    return this.stream.destroyed && !this.stream.listeners("close").includes(this.#onClose);
  }

  /** Passes the request on to another recording. */
  adopt(listeners: SentStreamListeners): void {
    this.#listeners = listeners;
  }
}

function lossOf(stream: Http2Stream, session: Http2Session | undefined): object | undefined {
  const { errored, rstCode } = stream;
  if (errored !== null && !RESET_ERRORS.includes(fieldOf(errored, "code"))) {
    const { cause } = errored;
    return cause instanceof Error && "code" in cause ? cause : errored;
  }
  return rstCode === 0 ? undefined : { name: resetName(rstCode, session) };
}

// Node.js resets the streams of a lost connection by this code, as an application does.
function resetName(code: number, session: Http2Session | undefined): string {
  const name = RESETS[code] ?? "_OTHER";
  return name === "CANCEL" && session?.destroyed !== false ? ABORTED : name;
}

function lowerCase(headers: object | undefined): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    Object.entries(headers ?? {}).map(([name, value]: [string, unknown]) => [name.toLowerCase(), value]),
  );
}
