// The messages of the `ws` package's sockets, those of its clients and those that its servers have accepted.
import type { BoundDestination } from "../../src/facades/index.ts";
import {
  type Attach,
  deliveries,
  fieldOf,
  isCallback,
  isObject,
  isRecord,
  isSameFile,
  observableGauge,
  prototypeOf,
  type Recording,
  requireBeside,
  seenCallback,
  type Wrap,
  type MessagingConfig,
} from "../shared/index.ts";
import { Sockets, WS } from "./sockets.ts";
import { SERVER } from "./index.ts";

const OPEN = 1;

/**
 * Records what the sockets of the `ws` package send, receive and process, and how many are open. Those below Socket.IO
 * and MQTT are left out.
 */
export function begin(recording: Recording<MessagingConfig>): Attach {
  const sockets = new Sockets(recording);
  recording.observe(observableGauge(recording.meter, "message.connections"), (result) =>
    result.observe(sockets.openCount, { "messaging.system": WS }),
  );
  return (exports, file) => {
    const prototype = prototypeOf(exports);
    if (isSameFile(file, SERVER)) {
      recording.wrap(prototype, "handleUpgrade", noteAccepted(recording, sockets));
    } else {
      recording.wrap(prototype, "send", countSent(recording, sockets));
      const deliver = deliveries(recording, (socket, [event]) => {
        if (!isObject(socket)) return undefined;
        if (event === "message") return sockets.of(socket);
        if (event === "open") sockets.opened(socket);
        else if (event === "close") sockets.closed(socket);
        return undefined;
      });
      recording.wrap(prototype, "emit", deliver);
      // The package's entry for ES modules imports that one by itself.
      const server = (): void => requireBeside("websocket.js", exports, "websocket-server.js");
      queueMicrotask(() => recording.safely(server));
    }
  };
}

// `handleUpgrade(request, socket, head, callback)`: the callback gets the socket in the same turn in which it is made.
function noteAccepted(recording: Recording<unknown>, sockets: Sockets): Wrap {
  return (handleUpgrade) =>
    function (...args) {
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
}

function countSent(recording: Recording<unknown>, sockets: Sockets): Wrap {
  return (send) =>
    function (...args) {
      let destination: BoundDestination | undefined;
      try {
        // What a closing socket is given is thrown away; a message counts with its last part.
        if (isRecord(this) && this["readyState"] === OPEN && isWhole(args[1])) {
          destination = sockets.of(this);
        }
      } catch (error) {
        recording.failed(error);
      }
      const result = Reflect.apply(send, this, args);
      destination?.sent();
      return result;
    };
}

function isWhole(options: unknown): boolean {
  return !isRecord(options) || options["fin"] !== false;
}
