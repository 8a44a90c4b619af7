// Sockets, and the paths by which their messages are counted.
import type { BoundDestination } from "../../src/facades/index.ts";
import { Destinations, type MessagingConfig, nameTemplate, type Recording } from "../shared/index.ts";

/** The system's name. */
export const WS = "ws";

const SIGNS = { parts: /[^/]+/g, any: "*", tooLong: "*" };

// A socket that a server has accepted does not know its URL. Kept while the instrumentation is off, too.
const urlsOfAccepted = new WeakMap<object, string>();

/** A client's or a server's socket, as far as it says what it is for. */
interface Socket {
  readonly url?: unknown;
  readonly protocol?: unknown;
}

/** The sockets that were opened while the instrumentation is enabled. */
export class Sockets {
  readonly destinations: Destinations;
  readonly #known = new WeakMap<object, { readonly destination: BoundDestination | undefined }>();
  readonly #open = new WeakSet<object>();
  #openCount = 0;

  constructor(recording: Recording<MessagingConfig>) {
    this.destinations = new Destinations(recording, {
      system: WS,
      nameOf: (path) => nameTemplate(path, SIGNS),
    });
  }

  get openCount(): number {
    return this.#openCount;
  }

  /** A server has accepted a socket for a request to `url`. */
  accepted(socket: object, url: string): void {
    urlsOfAccepted.set(socket, url);
    this.opened(socket);
  }

  opened(socket: object): void {
    if (this.#open.has(socket) || this.of(socket) === undefined) return;
    this.#open.add(socket);
    this.#openCount++;
  }

  closed(socket: object): void {
    if (this.#open.delete(socket)) this.#openCount--;
  }

  /** Where a socket's messages are counted; `undefined` if they are another library's, or if its URL is not known. */
  of(socket: object): BoundDestination | undefined {
    return (this.#known.get(socket) ?? this.#add(socket)).destination;
  }

  #add(socket: Socket): { readonly destination: BoundDestination | undefined } {
    // A server's has an empty one, or none.
    const isClient = typeof socket.url === "string" && socket.url !== "";
    const given = isClient ? socket.url : urlsOfAccepted.get(socket);
    const url = given === undefined ? undefined : parsed(given);
    const isTheirs = url === undefined || isOfOtherLibrary(url, socket.protocol);
    const known = { destination: isTheirs ? undefined : this.destinations.of(url.pathname) };
    // Whether a server's socket is open is told before what its URL is.
    if (url !== undefined) this.#known.set(socket, known);
    return known;
  }
}

// Engine.IO, which is below Socket.IO, says so in each of its URLs, and MQTT in the subprotocol.
function isOfOtherLibrary(url: URL, protocol: unknown): boolean {
  if (url.searchParams.has("EIO") && url.searchParams.get("transport") === "websocket") return true;
  return typeof protocol === "string" && /^mqtt/i.test(protocol);
}

function parsed(url: string): URL | undefined {
  return URL.canParse(url, "ws://localhost") ? new URL(url, "ws://localhost") : undefined;
}
