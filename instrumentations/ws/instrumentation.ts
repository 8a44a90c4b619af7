import type { BoundDestination } from "../../src/facades/index.ts";
import { deliveries } from "../shared/deliver.ts";
import { Destinations } from "../shared/destinations.ts";
import { prototypeOf, requireBeside } from "../shared/exports.ts";
import { fieldOf, isObject, isRecord } from "../shared/fields.ts";
import { type Attach, isSameFile } from "../shared/instrumented.ts";
import { observableGauge } from "../shared/instruments.ts";
import { LiveObjects } from "../shared/live-objects.ts";
import { nameTemplate } from "../shared/names.ts";
import { once } from "../shared/once.ts";
import { isCallback, seenCallback } from "../shared/observed.ts";
import type { MessagingConfig } from "../shared/options.ts";
import type { Recording } from "../shared/recording.ts";
import { SERVER } from "./index.ts";

const SYSTEM = "ws";
const OPEN = 1;
const SIGNS = { parts: /[^/]+/g, any: "*", tooLong: "*" };

// A socket accepted by a server does not have its URL. Kept while the instrumentation is disabled, like `opened`.
const urlsOfAccepted = new WeakMap<object, string>();
// Sockets that were opened. A socket whose listener threw may never emit `close`.
const opened = new LiveObjects();

// Fields of a client's or a server's socket that identify its purpose.
type Socket = Readonly<Partial<Record<"url" | "protocol", unknown>>>;

/**
 * Records the messages that sockets of the `ws` package send, receive and process, and the number of open sockets.
 * Both clients' sockets and those accepted by servers are recorded, except those used by Socket.IO and MQTT.
 */
export function begin(recording: Recording<MessagingConfig>): Attach {
  const sockets = new Sockets(recording);
  return (exports, file) => {
    if (isSameFile(file, SERVER)) return watchServer(recording, sockets, prototypeOf(exports));
    watchSockets(recording, sockets, prototypeOf(exports));
    // The package's entry for ES modules imports this file by itself.
    const server = (): void => requireBeside("websocket.js", exports, "websocket-server.js");
    queueMicrotask(() => recording.safely(server));
  };
}

// `handleUpgrade(request, socket, head, callback)`: the callback is called in the same turn in which the socket is
// created.
function watchServer(recording: Recording<unknown>, sockets: Sockets, prototype: object): void {
  recording.wrap(prototype, "handleUpgrade", (handleUpgrade) => {
    return function (...args) {
      const [request, socket, head, callback, ...rest] = args;
      if (!isCallback(callback)) return Reflect.apply(handleUpgrade, this, args);
      const noted = seenCallback(callback, (accepted) =>
        recording.safely(() => {
          const url = fieldOf(request, "url");
          if (isObject(accepted) && typeof url === "string") sockets.accepted(accepted, url);
        }),
      );
      return Reflect.apply(handleUpgrade, this, [request, socket, head, noted, ...rest]);
    };
  });
}

function watchSockets(recording: Recording<unknown>, sockets: Sockets, prototype: object): void {
  recording.wrap(prototype, "send", (send) => {
    return function (...args) {
      let destination: BoundDestination | undefined;
      try {
        // A closing socket discards messages; a fragmented message is counted with its last fragment.
        if (isRecord(this) && this["readyState"] === OPEN && fieldOf(args[1], "fin") !== false) {
          destination = sockets.of(this);
        }
      } catch (error) {
        recording.failed(error);
      }
      const result = Reflect.apply(send, this, args);
      destination?.sent();
      return result;
    };
  });
  const deliver = deliveries(recording, (socket, [event]) => {
    if (!isObject(socket)) return undefined;
    if (event === "message") return sockets.of(socket);
    if (event === "open") sockets.opened(socket);
    else if (event === "close") opened.delete(socket);
    return undefined;
  });
  recording.wrap(prototype, "emit", deliver);
}

// The sockets' destinations, and the number of open sockets.
class Sockets {
  readonly #destinations: Destinations;
  readonly #known = new WeakMap<object, { readonly destination: BoundDestination | undefined }>();
  readonly #observe: () => void;

  constructor(recording: Recording<MessagingConfig>) {
    this.#observe = once(() =>
      recording.observe(observableGauge(recording.meter, "message.connections"), (result) =>
        result.observe(openCount(), { "messaging.system.name": SYSTEM }),
      ),
    );
    // Those of an earlier start.
    if (openCount() > 0) this.#observe();
    const nameOf = (path: string): string => nameTemplate(path, SIGNS);
    this.#destinations = new Destinations(recording, { system: SYSTEM, nameOf });
  }

  // Notes that a server has accepted a socket for a request to `url`.
  accepted(socket: object, url: string): void {
    urlsOfAccepted.set(socket, url);
    this.opened(socket);
  }

  opened(socket: object): void {
    if (this.of(socket) === undefined) return;
    this.#observe();
    opened.add(socket);
  }

  // Returns the destination of a socket's messages; `undefined` if they belong to another library, or if its URL is
  // unknown.
  of(socket: object): BoundDestination | undefined {
    return (this.#known.get(socket) ?? this.#add(socket)).destination;
  }

  #add(socket: Socket): { readonly destination: BoundDestination | undefined } {
    // A server's socket has an empty URL, or none.
    const isClient = typeof socket.url === "string" && socket.url !== "";
    const given = isClient ? socket.url : urlsOfAccepted.get(socket);
    const url = given === undefined ? undefined : parsed(given);
    const isTheirs = url === undefined || isOfOtherLibrary(url, socket.protocol);
    const known = { destination: isTheirs ? undefined : this.#destinations.of(url.pathname) };
    // A server's socket is reported as open before its URL is known.
    if (url !== undefined) this.#known.set(socket, known);
    return known;
  }
}

function openCount(): number {
  let count = 0;
  for (const socket of opened) {
    if (fieldOf(socket, "readyState") === OPEN) count++;
    else opened.delete(socket);
  }
  return count;
}

// Engine.IO, used by Socket.IO, is recognized by its URLs, and MQTT by its subprotocol.
function isOfOtherLibrary(url: URL, protocol: unknown): boolean {
  if (url.searchParams.has("EIO") && url.searchParams.get("transport") === "websocket") return true;
  return typeof protocol === "string" && /^mqtt/i.test(protocol);
}

function parsed(url: string): URL | undefined {
  return URL.canParse(url, "ws://localhost") ? new URL(url, "ws://localhost") : undefined;
}
