import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { PrometheusExporterOptions } from "tachymeter/prometheus";
import { expect, test } from "vitest";
import { certificate, certificateOf } from "../../../kit/certificate.ts";
import { needs } from "../../../servers/needs.ts";
import { startPrometheus } from "../../../servers/prometheus.ts";
import { serving } from "../serving/serving.ts";
import { newFolder } from "../../../kit/new-folder.ts";

test("Prometheus scrapes over HTTPS with a token, a password or a certificate; without one it gets nothing", async (context) => {
  needs(context, "prometheus");
  needs(context, "openssl");
  const folder = newFolder("secrets");
  const tokenFile = join(folder, "token");
  const passwordFile = join(folder, "password");
  writeFileSync(tokenFile, "s3cret\n");
  writeFileSync(passwordFile, "pässword\n");
  const server = await certificate();
  const client = await certificateOf("scraper");
  const tls = { certFile: server.certFile, keyFile: server.keyFile };
  const trusting = { ca_file: server.certFile };
  const byClient = { ...tls, clientCaFile: client.certFile };

  const basicAuth = { username: "scraper", passwordFile };
  const jobs = await Promise.all([
    job("token", { bearerTokenFile: tokenFile }, { bearer_token_file: tokenFile }),
    job("password", { basicAuth }, { basic_auth: { username: "scraper", password_file: passwordFile } }),
    job("secure", { tls, bearerToken: "t" }, { tls_config: trusting, authorization: { credentials: "t" } }),
    job(
      "mutual",
      { tls: byClient },
      { tls_config: { ...trusting, cert_file: client.certFile, key_file: client.keyFile } },
    ),
    job("nothing", { bearerTokenFile: tokenFile }, {}),
    job("wrong", { basicAuth }, { basic_auth: { username: "scraper", password: "x" } }),
    job("stranger", { tls }, {}),
    job("nobody", { tls: byClient }, { tls_config: trusting }),
  ]);
  const prometheus = await startPrometheus(jobs);

  await prometheus.answer("count(up) == 8");
  await prometheus.answer('count(up{job=~"token|password|secure|mutual"} == 1) == 4');
  const readOf = async () =>
    new Set((await prometheus.query("jobs_total == 7")).map(({ labels }) => labels["job"]));
  await expect.poll(readOf).toEqual(new Set(["mutual", "password", "secure", "token"]));
  await prometheus.answer('count(up{job=~"nothing|wrong|stranger|nobody"} == 0) == 4');
  await expect.poll(() => prometheus.lastError("nothing")).toMatch(/401/);
  await expect.poll(() => prometheus.lastError("wrong")).toMatch(/401/);
  await expect.poll(() => prometheus.lastError("stranger")).toMatch(/certificate/);
  await expect.poll(() => prometheus.lastError("nobody")).toMatch(/certificate required|bad certificate/);
});

async function job(name: string, options: PrometheusExporterOptions, settings: Record<string, unknown>) {
  const { url, provider } = await serving(options);
  provider.getMeter("s").createCounter("jobs").add(7);
  return { name, target: url, settings };
}
