// Single requests over separate connections, whose phases are timed by socket events.
import { ClientRequest, type IncomingMessage, type RequestOptions } from "node:http";
import { connect, type Socket } from "node:net";
import { splitCredentials } from "../../io/http/basic-authorization.ts";
import { asInternalTraffic, markInternal } from "../../io/http/internal-traffic.ts";

/** Phases of a request, in their order. */
export type Phase = "dns" | "connect" | "tls" | "first_byte";

/** Times of a probe, in seconds. */
export interface ProbeTimes {
  /** Times of the phases. Those that did not happen are missing: `dns` for an IP address, `tls` for `http:`. */
  readonly phases: Readonly<Partial<Record<Phase, number>>>;
  readonly total: number;
}

/** Times of an HTTP request, until the end of the response or its first mebibyte. */
export interface HttpTimes extends ProbeTimes {
  readonly status: number;
}

/** Options of a probe. */
export interface ProbeOptions {
  readonly timeoutSeconds: number;
  /** Whether the probe keeps the process alive until it ends. */
  readonly holdsProcess: boolean;
}

const MAX_BODY_BYTES = 1024 * 1024;

/**
 * Connects and closes the connection again. Resolves with `undefined` if there is no connection in time. Never rejects.
 */
export function tcpProbe(host: string, port: number, options: ProbeOptions): Promise<ProbeTimes | undefined> {
  return new Promise((resolve) => {
    const times = new PhaseTimes();
    const socket = asInternalTraffic(() => connect({ host, port }));
    const end = ending(socket, options, resolve);
    if (!options.holdsProcess) socket.unref();
    socket.once("lookup", () => times.end("dns"));
    socket.once("connect", () => {
      times.end("connect");
      end(times.result());
    });
  });
}

/**
 * Sends a GET request. Resolves with `undefined` if there is no response in time. Redirects are not followed. Never
 * rejects.
 */
export async function httpProbe(url: URL, options: ProbeOptions): Promise<HttpTimes | undefined> {
  const agent = url.protocol === "https:" ? new (await import("node:https")).Agent() : false;
  return asInternalTraffic(
    () =>
      new Promise((resolve) => {
        const times = new PhaseTimes();
        const request = markInternal(requestTo(url, agent));
        const end = ending(request, options, resolve);
        request.once("socket", (socket: Socket) => {
          if (!options.holdsProcess) socket.unref();
          socket.once("lookup", () => times.end("dns"));
          socket.once("connect", () => times.end("connect"));
          socket.once("secureConnect", () => times.end("tls"));
        });
        const result = ({ statusCode = 0 }: IncomingMessage): HttpTimes => ({
          status: statusCode,
          ...times.result(),
        });
        request.once("response", (response: IncomingMessage) => {
          times.end("first_byte");
          readSome(response, () => end(result(response)));
        });
        // Without a listener the connection would be closed silently.
        request.once("upgrade", (response: IncomingMessage) => {
          times.end("first_byte");
          end(result(response));
        });
        request.end();
      }),
  );
}

// Ends a probe: by a result, an error or the time-out.
function ending<Result>(
  connection: ClientRequest | Socket,
  { timeoutSeconds, holdsProcess }: ProbeOptions,
  resolve: (result: Result | undefined) => void,
): (result: Result | undefined) => void {
  const timer = setTimeout(() => end(undefined), timeoutSeconds * 1_000);
  const end = (result: Result | undefined): void => {
    clearTimeout(timer);
    connection.destroy();
    resolve(result);
  };
  if (!holdsProcess) timer.unref();
  connection.on("error", () => end(undefined));
  return end;
}

class PhaseTimes {
  readonly #startMillis = performance.now();
  readonly #phases: Partial<Record<Phase, number>> = {};
  #lastMillis = this.#startMillis;

  end(phase: Phase): void {
    const now = performance.now();
    this.#phases[phase] = (now - this.#lastMillis) / 1_000;
    this.#lastMillis = now;
  }

  result(): ProbeTimes {
    return { phases: this.#phases, total: (performance.now() - this.#startMillis) / 1_000 };
  }
}

function requestTo(given: URL, agent: RequestOptions["agent"]): ClientRequest {
  const { url, headers } = splitCredentials(given);
  const options: RequestOptions = {
    method: "GET",
    headers: { "user-agent": "tachymeter", connection: "close", ...headers },
    agent,
  };
  // Not `http.request`, which instrumentations patch. It takes the same arguments, although its type does not declare
  // them.
  return Reflect.construct(ClientRequest, [url, options]);
}

function readSome(response: IncomingMessage, onEnd: () => void): void {
  let bytes = 0;
  response.on("data", (chunk: Uint8Array) => {
    bytes += chunk.byteLength;
    if (bytes >= MAX_BODY_BYTES) onEnd();
  });
  response.once("end", onEnd);
  // The status and the first byte have been measured.
  response.once("error", onEnd);
  response.once("aborted", onEnd);
}

/** A repeated check. Call it to stop it. */
export interface NetworkWatch {
  /** Stops the watch. */
  (): void;
  /**
   * Resolves with whether the latest check succeeded; waits for the first one. Once the watch is stopped, each call is a check.
   * For `Health.register`.
   */
  readonly check: () => Promise<boolean>;
}

/**
 * Runs `probe`, which never rejects, immediately and then every `intervalSeconds`, by an unref'd timer. Probes never
 * overlap.
 */
export function watch(intervalSeconds: number, probe: () => Promise<boolean>): NetworkWatch {
  let latest: boolean | undefined;
  let running: Promise<boolean> | undefined;
  let isStopped = false;
  const run = (): Promise<boolean> => {
    running ??= probe().then((succeeded) => {
      running = undefined;
      if (!isStopped) latest = succeeded;
      return succeeded;
    });
    return running;
  };
  const timer = setInterval(() => void run(), intervalSeconds * 1_000).unref();
  void run();
  const stop = (): void => {
    clearInterval(timer);
    isStopped = true;
    latest = undefined;
  };
  return Object.assign(stop, { check: async () => latest ?? run() });
}
