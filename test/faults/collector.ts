// A collector that goes down, hangs, refuses and recovers, and records what it has accepted.
import { once } from "node:events";
import { type IncomingMessage, type Server, type ServerResponse, createServer } from "node:http";
import { buffer } from "node:stream/consumers";
import { gunzipSync } from "node:zlib";
import { requestFromProtobuf } from "../kit/otlp-receiver/decode.ts";
import { metricsOf } from "../kit/otlp-receiver/index.ts";
import { freePort, reapLater } from "../kit/process.ts";

/**
 * Outcome of a request. It may be accepted, with a response in time, late, never or cut off. It may also be cut off
 * before it is accepted, refused with a status, or find no server.
 */
export type Weather = "ok" | "late" | "hang" | "cut after" | "cut before" | "down" | 429 | 500 | 502 | 503;

/** One request that the collector has accepted. */
export interface Taking {
  /** The process that sent it, by its header. */
  readonly sender: string;
  /** The process that collected it, and the number of the collection. */
  readonly life: number;
  readonly collection: number;
  /** Value of the process' counter. */
  readonly step: number;
  /** Steps in the totals that were encoded after that counter: as many, or more if a step began meanwhile. */
  readonly lastStep: number;
  /** Whether the response was sent completely and in time. */
  isAnswered: boolean;
}

// A slower response may be too late for the client.
const GOOD_TIME_MILLIS = 500;

/** A collector on a port of the loopback interface, the same one through all outages. */
export class Collector {
  readonly takings: Taking[] = [];
  /** Requests that it could not read. */
  readonly errors: string[] = [];
  #weather: Weather = "ok";
  readonly #port: number;
  #server: Server | undefined;
  readonly #hanging = new Set<ServerResponse>();

  private constructor(port: number) {
    this.#port = port;
  }

  static async open(): Promise<Collector> {
    // A port that no other server of the run gets while this one is down.
    const collector = new Collector(await freePort());
    await collector.#listen();
    reapLater(() => collector.#close());
    return collector;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}/v1/metrics`;
  }

  /** Number of accepted requests whose responses were lost. */
  get lostAnswers(): number {
    return this.takings.filter(({ isAnswered }) => !isAnswered).length;
  }

  /** Changes the outcome of requests from now on; hanging ones are cut off. */
  async turn(weather: Weather): Promise<void> {
    this.#weather = weather;
    for (const response of this.#hanging) response.destroy();
    this.#hanging.clear();
    if (weather === "down") await this.#close();
    else if (this.#server === undefined) await this.#listen();
  }

  async #listen(): Promise<void> {
    const server = createServer((request, response) => {
      const begin = performance.now();
      request.on("error", () => {});
      void buffer(request).then(
        (body) => this.#answer(request, body, response, begin),
        () => {},
      );
    });
    server.listen(this.#port, "127.0.0.1");
    await once(server, "listening");
    this.#server = server;
  }

  async #close(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (server === undefined) return;
    server.close();
    server.closeAllConnections();
    await once(server, "close");
  }

  #answer(request: IncomingMessage, body: Buffer, response: ServerResponse, begin: number): void {
    const weather = this.#weather;
    if (weather === "cut before" || weather === "down") return void response.destroy();
    if (typeof weather === "number") {
      if (weather === 429) response.setHeader("retry-after", "0");
      return void response.writeHead(weather).end();
    }
    // From another test's exporter, whose backend had this port before. The records of our own programs would be lost
    // here.
    if (request.headers["x-life"] === undefined) return void response.writeHead(404).end();
    const taking = this.#take(request, body);
    if (taking === undefined) return void response.writeHead(400).end();
    const succeed = (): void => {
      response.on("finish", () => (taking.isAnswered = performance.now() - begin < GOOD_TIME_MILLIS));
      response.setHeader("content-type", "application/x-protobuf");
      response.end();
    };
    if (weather === "ok") succeed();
    else if (weather === "late") setTimeout(succeed, 60);
    else if (weather === "hang") this.#hanging.add(response);
    else response.destroy();
  }

  #take(request: IncomingMessage, body: Buffer): Taking | undefined {
    try {
      const isPacked = request.headers["content-encoding"] === "gzip";
      const taking = takingFrom(isPacked ? gunzipSync(body) : body, String(request.headers["x-life"]));
      this.takings.push(taking);
      return taking;
    } catch (error) {
      this.errors.push(String(error));
      return undefined;
    }
  }
}

/** The content of a request, checked for consistency. */
function takingFrom(body: Uint8Array, sender: string): Taking {
  const metrics = metricsOf(requestFromProtobuf(body));
  const pointsOf = (name: string) =>
    metrics
      .filter((metric) => metric.name === name)
      .flatMap((metric) => (metric.kind === "sum" ? metric.points : []));
  const [collection] = pointsOf("collections");
  const step = pointsOf("steps")[0]?.value ?? 0;
  if (collection === undefined) {
    const names = metrics.map(({ name }) => name).join(", ");
    throw new Error(`a request of ${sender} without a collection's number, but with ${names}`);
  }
  // A series has its total of the moment when it is encoded, in slices: a later step may have begun since that of `steps`.
  let lastStep = step;
  for (const { value, attributes } of pointsOf("orders")) {
    const steps = value / Number(attributes["shop"]);
    if (!Number.isInteger(steps) || steps < step) throw new Error(`${value} orders after step ${step}`);
    lastStep = Math.max(lastStep, steps);
  }
  return {
    sender,
    life: Number(collection.attributes["life"]),
    collection: collection.value,
    step,
    lastStep,
    isAnswered: false,
  };
}
