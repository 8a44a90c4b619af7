import { readFileSync, renameSync } from "node:fs";
import { connect, type PeerCertificate } from "node:tls";
import { MeterProvider } from "tachymeter/metrics";
import { PrometheusExporter } from "tachymeter/prometheus";
import { expect, onTestFinished, test, vi } from "vitest";
import { type Certificate, certificate, certificateOf } from "../../../kit/certificate.ts";
import { needs } from "../../../servers/needs.ts";
import { ask, askRaw, connected } from "./asking.ts";
import { serving } from "./serving.ts";

test("with a certificate only HTTPS is served", async (context) => {
  needs(context, "openssl");
  const { cert, key } = await certificate();
  const { url, provider } = await serving({ tls: { cert, key: Buffer.from(key) } });
  provider.getMeter("s").createCounter("jobs").add(1);
  expect(url).toMatch(/^https:\/\/127\.0\.0\.1:\d+\/metrics$/);
  const { status, body } = await ask(url, { tls: { ca: cert } });
  expect([status, String(body).includes("jobs_total")]).toEqual([200, true]);
  await expect(ask(url)).rejects.toThrow("self-signed certificate");
  expect(await askRaw(url, "GET /metrics HTTP/1.1\r\nhost: localhost\r\n\r\n")).not.toContain("jobs_total");
  expect((await ask(url, { tls: { ca: cert } })).status).toBe(200);
});

test("a long body is complete over HTTPS", async (context) => {
  needs(context, "openssl");
  const { certFile, keyFile } = await certificate();
  const { url, provider } = await serving({ tls: { certFile, keyFile } });
  const counter = provider.getMeter("s").createCounter("jobs");
  for (let i = 0; i < 1_500; i++) counter.add(i, { index: i, text: "x".repeat(1_000) });
  const { body, headers } = await ask(url, { tls: { ca: readFileSync(certFile) } });
  expect(headers["content-length"]).toBe(String(body.length));
  expect(String(body).match(/^jobs_total\{/gm)).toHaveLength(1_500);
});

test("with an authority of client certificates, a client must present one signed by it", async (context) => {
  needs(context, "openssl");
  const own = await certificate();
  const client = await certificateOf("scraper");
  const stranger = await certificateOf("stranger");
  const { certFile, keyFile, cert: ca } = own;
  const { url } = await serving({ tls: { certFile, keyFile, clientCaFile: client.certFile } });
  const shown = ({ cert, key }: Certificate) => ({ tls: { ca, cert, key } });
  expect((await ask(url, shown(client))).status).toBe(200);
  await expect(ask(url, shown(stranger))).rejects.toThrow(/alert|reset|hang up|EPIPE/);
  await expect(ask(url, { tls: { ca } })).rejects.toThrow(/alert|reset|hang up|EPIPE/);
});

test("a replaced certificate is soon presented, and the exporter stays up", async (context) => {
  needs(context, "openssl");
  vi.useFakeTimers({ toFake: ["Date"] });
  onTestFinished(() => void vi.useRealTimers());
  const { certFile, keyFile } = await certificateOf("first");
  const { url } = await serving({ tls: { certFile, keyFile } });
  expect((await shownBy(url)).subject.CN).toBe("first");
  const next = await certificateOf("second");
  renameSync(next.certFile, certFile);
  renameSync(next.keyFile, keyFile);
  vi.setSystemTime(Date.now() + 1_000);
  await expect.poll(async () => (await shownBy(url)).subject.CN).toBe("second");
});

// A handshake may take ten seconds. It may need them on a busy machine, but not each time.
test(
  "a client that connects and sends nothing does not delay the shutdown",
  { retry: 4 },
  async (context) => {
    needs(context, "openssl");
    const { cert, key } = await certificate();
    const { exporter, url } = await serving({ tls: { cert, key } });
    const begin = performance.now();
    await connected(url);
    // This response shows that the server has accepted the connection above too.
    expect((await ask(url, { tls: { ca: cert } })).status).toBe(200);
    await exporter.stopServer();
    expect(performance.now() - begin).toBeLessThan(9_000);
    expect(exporter.url).toBeUndefined();
  },
);

test("the environment names the files", async (context) => {
  needs(context, "openssl");
  const { certFile, keyFile } = await certificate();
  vi.stubEnv("TACHYMETER_PROMETHEUS_TLS_CERT_FILE", certFile);
  vi.stubEnv("TACHYMETER_PROMETHEUS_TLS_KEY_FILE", keyFile);
  onTestFinished(() => void vi.unstubAllEnvs());
  const exporter = new PrometheusExporter({ port: 0, preventServerStart: true });
  const provider = new MeterProvider({ readers: [exporter] });
  onTestFinished(() => provider.shutdown());
  await exporter.startServer();
  expect((await ask(exporter.url!, { tls: { ca: readFileSync(certFile) } })).status).toBe(200);
});

function shownBy(url: string): Promise<PeerCertificate> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: "127.0.0.1", port: Number(new URL(url).port), rejectUnauthorized: false });
    socket.once("error", reject);
    socket.once("secureConnect", () => {
      resolve(socket.getPeerCertificate());
      socket.destroy();
    });
  });
}
