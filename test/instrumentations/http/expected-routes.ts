/** Requests to servers of frameworks, and their routes. */
import { once } from "node:events";
import type { Server } from "node:http";
import { afterEach, beforeEach, expect, vi } from "vitest";
import { addressOf } from "../../kit/address-of.ts";
import { countOf } from "../histogram-figures.ts";
import { collecting, instrumentation, use } from "./measured-server.ts";

let servers: Server[];

beforeEach(() => {
  servers = [];
  begin();
});

afterEach(async () => {
  instrumentation.disable();
  for (const server of servers) {
    server.closeAllConnections();
    await new Promise((resolve) => void server.close(resolve));
  }
});

/** Begins another recording. */
export function begin(): void {
  use({});
}

/** Requests these paths one after the other, and compares the status and route of each. */
export async function expectRoutes(
  server: Server,
  expected: Readonly<Record<string, string>>,
): Promise<void> {
  servers.push(server);
  if (!server.listening) await once(server.listen(0, "127.0.0.1"), "listening");
  const { port } = addressOf(server);
  const before = new Map<string, number>();
  const found: Record<string, string> = {};
  for (const path of Object.keys(expected)) {
    await (await fetch(`http://127.0.0.1:${port}${path}`)).text();
    found[path] = await vi.waitFor(async () => await newest(before));
  }
  expect(found).toEqual(expected);
}

// Returns the series whose count has increased by one.
async function newest(before: Map<string, number>): Promise<string> {
  for (const { attributes, value } of await collecting.points("http.server.request.duration")) {
    const key = `${String(attributes["http.response.status_code"])} ${String(attributes["http.route"])}`;
    const count = countOf(value) ?? 0;
    if (count === (before.get(key) ?? 0)) continue;
    before.set(key, count);
    return key;
  }
  throw new Error("nothing was recorded yet");
}

/** Ends the recording. */
export function end(): void {
  instrumentation.disable();
}

/** The part of a response that handlers use. */
export interface Answer {
  status(code: number): Answer;
  end(): void;
}

export const answer = (_: unknown, response: Answer): void => response.end();
