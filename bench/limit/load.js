// Requests over connections that are never idle, with as little work as possible, so that the application is the limit.
import { connect } from "node:net";
import { once } from "node:events";
import { setTimeout as delay } from "node:timers/promises";

const CONNECTIONS = 32;
const ITEMS = 50;
const HEAD = "HTTP/1.1 ";

/** Keeps the application at `port` busy for `millis`. Returns the number of responses, all with status 200. */
export async function loaded(port, millis) {
  let [responses, isOver] = [0, false];
  const failures = [];
  const sockets = await Promise.all(
    Array.from({ length: CONNECTIONS }, async (_, i) => {
      const socket = connect(port, "127.0.0.1");
      await once(socket, "connect");
      let asked = i;
      const ask = () => socket.write(`GET /items/${asked++ % ITEMS} HTTP/1.1\r\nHost: localhost\r\n\r\n`);
      // A response is smaller than a segment, and the next request waits for it.
      socket.on("data", (chunk) => {
        if (!chunk.latin1Slice(0, 12).startsWith(`${HEAD}200`)) failures.push(chunk.latin1Slice(0, 200));
        if (isOver) socket.destroy();
        else {
          responses++;
          ask();
        }
      });
      ask();
      return socket;
    }),
  );
  await delay(millis);
  isOver = true;
  await Promise.all(sockets.map((socket) => once(socket, "close")));
  if (failures.length > 0) throw new Error(`unexpected response: ${failures[0]}`);
  return responses;
}
