// The endpoint of the fleet as one group, also while the process that serves it is killed.
import { createServer } from "node:net";
import { once } from "node:events";
import { setTimeout as pause } from "node:timers/promises";
import { Scrape } from "./scrape.js";

const AGAIN_MILLIS = 20;
const AT_MOST_MILLIS = 10_000;
const RESULTS = { messaging_destination_name: "fleet/results" };

/** Returns a free port of the loopback interface. */
export async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  await once(server, "close");
  return port;
}

/**
 * Calls `kill`, which kills the serving process, and waits until another one serves. Returns what is to be shown.
 *
 * @throws if a counter is lower than before, or if the group has another id.
 */
export async function takenOver(scrape, kill) {
  const before = new Scrape(await scrape());
  kill();
  const killedAt = performance.now();
  const after = new Scrape(await scrapeAgain(scrape));
  const millis = Math.round(performance.now() - killedAt);
  const fallen = fallenCounters(before, after);
  if (fallen.length > 0) throw new Error(`these counters fell with the takeover: ${fallen.join(", ")}`);
  const [id, heirsId] = [before, after].map((each) =>
    each.labels("target_info", "service_instance_id").join(),
  );
  if (id !== heirsId) throw new Error(`the group was ${id}, and is ${heirsId} after the takeover`);
  const [sent, sentNow] = [before, after].map((each) => each.sum("messages_sent_total"));
  return `another process serves after ${millis} ms: ${sentNow} messages sent, ${sent} before the kill`;
}

/**
 * Waits until the endpoint has counted the results that `received` returns, the coordinator's own count.
 *
 * @throws if it has counted others.
 */
export async function comparedWith(scrape, received) {
  const deadline = performance.now() + AT_MOST_MILLIS;
  for (;;) {
    const counted = new Scrape(await scrape()).sum("messages_received_total", RESULTS);
    const expected = received();
    if (counted === expected) return `results received: ${counted}, the same as the coordinator's own count`;
    if (performance.now() > deadline)
      throw new Error(`the endpoint has counted ${counted} results, the coordinator ${expected}`);
    await pause(100);
  }
}

function fallenCounters(before, after) {
  return [...before.names].filter(
    (name) => /_(?:total|bucket)$/.test(name) && !(after.sum(name) >= before.sum(name)),
  );
}

async function scrapeAgain(scrape) {
  const deadline = performance.now() + AT_MOST_MILLIS;
  for (;;) {
    try {
      return await scrape();
    } catch (error) {
      if (performance.now() > deadline) throw error;
      await pause(AGAIN_MILLIS);
    }
  }
}
