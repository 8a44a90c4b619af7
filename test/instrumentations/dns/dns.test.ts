import dns, { lookup as imported } from "node:dns";
import { lookup as importedPromise } from "node:dns/promises";
import { once } from "node:events";
import { createServer, get } from "node:http";
import { connect } from "node:net";
import { promisify } from "node:util";
import { expect, onTestFinished, test } from "vitest";
import { dns as instrumented } from "../../../instrumentations/dns/index.ts";
import { begin } from "../../../instrumentations/dns/instrumentation.ts";
import { asInternalTraffic } from "../../../src/io/http/internal-traffic.ts";
import { addressOf } from "../../kit/address-of.ts";
import { countOf } from "../histogram-figures.ts";
import { instrumentationOf } from "../instrumentation-of.ts";
import { measured } from "../measured.ts";

const instrumentation = instrumentationOf(instrumented, begin, { enabled: false });
const original = dns.lookup;

const collecting = measured(instrumentation);

/** The number of lookups by name and error. */
async function lookups(): Promise<Readonly<Record<string, unknown>>> {
  const points = await collecting.points("dns.lookup.duration");
  return Object.fromEntries(
    points.map(({ attributes, value }) => [Object.values(attributes).join(" "), countOf(value)]),
  );
}

// A label has at most 63 characters, so that no server is asked.
const TOO_LONG = `${"a".repeat(64)}.invalid`;

test("each form of a lookup is recorded by its name, with the results of Node.js", async () => {
  const address = { address: "127.0.0.1", family: 4 };
  expect(await promisify(dns.lookup)("localhost", 4)).toEqual(address);
  expect(await new Promise((resolve) => imported("localhost", (...result) => resolve(result[0])))).toBeNull();
  expect(await dns.promises.lookup("localhost", { family: 4 })).toEqual(address);
  expect(await importedPromise("localhost", { family: 4, all: true })).toEqual([address]);
  expect(await Promise.all([1, 2, 3].map(() => importedPromise("localhost", 4)))).toHaveLength(3);
  expect(await lookups()).toEqual({ localhost: 7 });
});

test("a failure has its code, and the error stays the same", async () => {
  const failure = await dns.promises.lookup(TOO_LONG).catch((error: unknown) => error);
  expect(failure).toMatchObject({ syscall: "getaddrinfo", hostname: TOO_LONG });
  const code = String(Reflect.get(Object(failure), "code"));
  const reported = await new Promise((resolve) => dns.lookup(TOO_LONG, resolve));
  expect(reported).toMatchObject({ code });
  expect(await lookups()).toEqual({ [`${TOO_LONG} ${code}`]: 2 });
});

test("lookups of connections and HTTP requests are recorded, but none of addresses and of our own requests", async () => {
  const server = createServer((_, response) => void response.end()).listen(0, "127.0.0.1");
  onTestFinished(() => void server.close());
  await once(server, "listening");
  const { port } = addressOf(server);
  const [response] = await once(get({ host: "localhost", port, family: 4, agent: false }), "response");
  response.resume();
  await fetch(`http://localhost:${port}`).then((answer) => answer.text());
  const socket = connect({ host: "localhost", port, family: 4 });
  await once(socket, "connect");
  socket.destroy();
  expect(await lookups()).toEqual({ localhost: 3 });

  await fetch(`http://127.0.0.1:${port}`).then((answer) => answer.text());
  await dns.promises.lookup("127.0.0.1");
  await asInternalTraffic(() => dns.promises.lookup("localhost"));
  expect(await lookups()).toEqual({ localhost: 3 });
  server.closeAllConnections();
});

test("names beyond the hundredth are one, and arguments are refused as by Node.js", async () => {
  await Promise.all(
    Array.from({ length: 102 }, (_, i) => dns.promises.lookup(`${i}${TOO_LONG}`).catch(() => undefined)),
  );
  const names = (await collecting.points("dns.lookup.duration")).map(
    ({ attributes }) => attributes["dns.question.name"],
  );
  expect(names).toHaveLength(101);
  expect(names).toContain("_other");
  expect(() => Reflect.apply(dns.lookup, dns, ["localhost"])).toThrow(/"callback" argument/);
  expect(() => Reflect.apply(dns.lookup, dns, [7, () => {}])).toThrow(/"hostname" argument/);
});

test("disabling restores the functions, also those imported by name", async () => {
  expect(dns.lookup).not.toBe(original);
  expect(imported).toBe(dns.lookup);
  instrumentation.disable();
  expect(dns.lookup).toBe(original);
  expect(imported).toBe(original);
  await importedPromise("localhost");
  expect(await lookups()).toEqual({});
});
