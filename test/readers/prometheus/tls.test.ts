import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, renameSync } from "node:fs";
import { join } from "node:path";
import { connect, type PeerCertificate } from "node:tls";
import { MeterProvider } from "tachymeter/metrics";
import { PrometheusExporter } from "tachymeter/prometheus";
import { expect, inject, onTestFinished, test, vi } from "vitest";
import { needs } from "../../servers/needs.ts";
import { ask, askRaw } from "./asking.ts";
import { serving } from "./serving.ts";

interface CertificateFiles {
  readonly certFile: string;
  readonly keyFile: string;
}

test("with a certificate it speaks HTTPS alone", async (context) => {
  needs(context, "openssl");
  const { certFile, keyFile } = certificate("localhost");
  const cert = readFileSync(certFile, "utf8");
  const { url, provider } = await serving({ tls: { cert, key: readFileSync(keyFile) } });
  provider.getMeter("s").createCounter("jobs").add(1);
  expect(url).toMatch(/^https:\/\/127\.0\.0\.1:\d+\/metrics$/);
  const { status, body } = await ask(url, { tls: { ca: cert } });
  expect([status, String(body).includes("jobs_total")]).toEqual([200, true]);
  await expect(ask(url)).rejects.toThrow("self-signed certificate");
  expect(await askRaw(url, "GET /metrics HTTP/1.1\r\nhost: x\r\n\r\n")).not.toContain("jobs_total");
  expect((await ask(url, { tls: { ca: cert } })).status).toBe(200);
});

test("a long body comes whole over HTTPS", async (context) => {
  needs(context, "openssl");
  const { certFile, keyFile } = certificate("localhost");
  const { url, provider } = await serving({ tls: { certFile, keyFile } });
  const counter = provider.getMeter("s").createCounter("jobs");
  for (let i = 0; i < 1_500; i++) counter.add(i, { index: i, text: "x".repeat(1_000) });
  const { body, headers } = await ask(url, { tls: { ca: readFileSync(certFile) } });
  expect(headers["content-length"]).toBe(String(body.length));
  expect(String(body).match(/^jobs_total\{/gm)).toHaveLength(1_500);
});

test("with an authority of clients, a client must bring a certificate of it", async (context) => {
  needs(context, "openssl");
  const own = certificate("localhost");
  const client = certificate("scraper");
  const stranger = certificate("stranger");
  const { url } = await serving({ tls: { ...own, clientCaFile: client.certFile } });
  const ca = readFileSync(own.certFile);
  const shown = ({ certFile, keyFile }: CertificateFiles) => ({
    tls: { ca, cert: readFileSync(certFile), key: readFileSync(keyFile) },
  });
  expect((await ask(url, shown(client))).status).toBe(200);
  await expect(ask(url, shown(stranger))).rejects.toThrow(/alert|reset|hang up|EPIPE/);
  await expect(ask(url, { tls: { ca } })).rejects.toThrow(/alert|reset|hang up|EPIPE/);
});

test("a certificate that is exchanged is shown soon, and the exporter runs on", async (context) => {
  needs(context, "openssl");
  vi.useFakeTimers({ toFake: ["Date"] });
  onTestFinished(() => void vi.useRealTimers());
  const files = certificate("first");
  const { url } = await serving({ tls: files });
  expect((await shownBy(url)).subject.CN).toBe("first");
  const next = certificate("second");
  renameSync(next.certFile, files.certFile);
  renameSync(next.keyFile, files.keyFile);
  vi.setSystemTime(Date.now() + 1_000);
  await expect.poll(async () => (await shownBy(url)).subject.CN).toBe("second");
});

test("the environment names its files", async (context) => {
  needs(context, "openssl");
  const { certFile, keyFile } = certificate("localhost");
  vi.stubEnv("TACHYMETER_PROMETHEUS_TLS_CERT_FILE", certFile);
  vi.stubEnv("TACHYMETER_PROMETHEUS_TLS_KEY_FILE", keyFile);
  onTestFinished(() => void vi.unstubAllEnvs());
  const exporter = new PrometheusExporter({ port: 0, preventServerStart: true });
  const provider = new MeterProvider({ readers: [exporter] });
  onTestFinished(() => provider.shutdown());
  await exporter.startServer();
  expect((await ask(exporter.url!, { tls: { ca: readFileSync(certFile) } })).status).toBe(200);
});

// A certificate of its own authority, for a day.
function certificate(name: string): CertificateFiles {
  const folder = mkdtempSync(join(inject("runFolder"), "tls-"));
  const files = { certFile: join(folder, "cert.pem"), keyFile: join(folder, "key.pem") };
  const subject = ["-subj", `/CN=${name}`, "-addext", "subjectAltName=IP:127.0.0.1"];
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
  const out = ["-keyout", files.keyFile, "-out", files.certFile];
  execFileSync("openssl", ["req", "-x509", "-days", "1", ...key, ...subject, ...out], { stdio: "ignore" });
  return files;
}

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
