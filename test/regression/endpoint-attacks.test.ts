import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { MeterProvider } from "tachymeter/metrics";
import { PrometheusExporter, type PrometheusExporterOptions } from "tachymeter/prometheus";
import { expect, onTestFinished, test } from "vitest";
import { certificate } from "../kit/certificate.ts";
import { ask } from "../readers/prometheus/serving/asking.ts";

// Attacks on the endpoint: other clients do not delay a scrape.
const LIMIT_MILLIS = 2_000;
// A scrape waits for up to 3 s for the place of a client that does not read.
const PLACE_LIMIT_MILLIS = 4_000;

async function endpoint(options: PrometheusExporterOptions = {}): Promise<string> {
  const exporter = new PrometheusExporter({ port: 0, ...options });
  const provider = new MeterProvider({ readers: [exporter] });
  onTestFinished(() => provider.shutdown());
  const meter = provider.getMeter("shop");
  meter.createCounter("orders").add(1);
  const visits = meter.createCounter("visits");
  // More than the system's buffers hold between the two.
  for (let i = 0; i < 1_900; i++) visits.add(1, { index: i, page: "x".repeat(8_000) });
  await exporter.startServer();
  return exporter.url!;
}

/** Opens connections that send `bytes` and never read; closed with the test. */
async function connections(url: string, count: number, bytes: string | Uint8Array): Promise<Socket[]> {
  const { port } = new URL(url);
  return Promise.all(
    Array.from({ length: count }, async () => {
      const socket = connect(Number(port), "127.0.0.1").pause();
      onTestFinished(() => void socket.destroy());
      socket.on("error", () => {});
      await once(socket, "connect");
      socket.write(bytes);
      return socket;
    }),
  );
}

async function expectScrape(url: string, limitMillis: number, ca?: string): Promise<void> {
  const begin = performance.now();
  const { status, body } = await ask(`${url}?name[]=orders_total`, { tls: ca === undefined ? {} : { ca } });
  expect(performance.now() - begin).toBeLessThan(limitMillis);
  expect(status).toBe(200);
  expect(String(body)).toContain("orders_total");
}

test("300 half-open TLS handshakes block no other client", async () => {
  const { cert, key } = await certificate();
  const url = await endpoint({ tls: { cert, key } });
  // The head of a record that never arrives: 512 bytes of a ClientHello.
  await connections(url, 300, Uint8Array.of(0x16, 0x03, 0x01, 0x02, 0x00, 0x01));
  await expectScrape(url, LIMIT_MILLIS, cert);
  await connections(url, 300, "");
  await expectScrape(url, LIMIT_MILLIS, cert);
});

test("a half-open TLS handshake is cut off", async () => {
  const { cert, key } = await certificate();
  const url = await endpoint({ tls: { cert, key } });
  const [socket] = await connections(url, 1, Uint8Array.of(0x16, 0x03, 0x01, 0x02, 0x00, 0x01));
  socket!.resume();
  await expect(once(socket!, "close")).resolves.toBeDefined();
});

test("clients that request a large response and never read it block no other client", async () => {
  const url = await endpoint();
  const { pathname, host } = new URL(url);
  const request = `GET ${pathname} HTTP/1.1\r\nHost: ${host}\r\nX-Prometheus-Scrape-Timeout-Seconds: 120\r\n\r\n`;
  // While their response is rendered.
  const sockets = await connections(url, 16, request);
  await expectScrape(url, PLACE_LIMIT_MILLIS);
  // While their response is sent: other clients take their places.
  sockets.push(...(await connections(url, 16, request)));
  await Promise.all(sockets.slice(16).map((socket) => once(socket, "readable")));
  await expectScrape(url, PLACE_LIMIT_MILLIS);
});
