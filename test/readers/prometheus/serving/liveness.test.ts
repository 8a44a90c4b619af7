import { once } from "node:events";
import { connect } from "node:net";
import { MeterProvider } from "tachymeter/metrics";
import { PrometheusExporter } from "tachymeter/prometheus";
import { expect, onTestFinished, test } from "vitest";

// In its own file, and so its own process: it checks what keeps the process running.
test("neither the server nor a scraper's open connection keeps a process running", async () => {
  const exporter = new PrometheusExporter({ port: 0, preventServerStart: true });
  const provider = new MeterProvider({ readers: [exporter] });
  await exporter.startServer();
  onTestFinished(() => provider.shutdown());
  const scraper = connect(Number(new URL(exporter.url!).port), "127.0.0.1");
  onTestFinished(() => void scraper.destroy());
  scraper.write("GET /metrics HTTP/1.1\r\nhost: localhost\r\n\r\n");
  await once(scraper, "data");
  expect(tcpSockets()).toEqual(["TCPSocketWrap"]);
  scraper.unref();
  expect(tcpSockets()).toEqual([]);
});

function tcpSockets(): string[] {
  return process.getActiveResourcesInfo().filter((resource) => resource.startsWith("TCP"));
}
