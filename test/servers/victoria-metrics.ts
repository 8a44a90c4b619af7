// The real VictoriaMetrics, which receives OTLP and can be stopped and started again.
import { join } from "node:path";
import { type TestContext } from "vitest";
import { freePort, type RunningProcess, runNode, scrape } from "../kit/process.ts";
import { needsFetched } from "./needs.ts";
import { newFolder } from "../kit/new-folder.ts";

/** All samples of one series, oldest first. */
export interface StoredSeries {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly values: readonly number[];
  readonly timesUnixMillis: readonly number[];
}

/** Requests, samples and use of the machine since the start of the server. */
export interface ServerCounts {
  readonly requests: number;
  readonly samples: number;
  readonly receivedBytes: number;
  readonly cpuSeconds: number;
  readonly residentBytes: number;
  readonly activeSeries: number;
  /** Files of samples and of the index. */
  readonly diskBytes: number;
}

/**
 * A server on a port of the loopback interface and in a folder, which it keeps while it is stopped. It ends with the
 * test.
 */
export class VictoriaMetrics {
  readonly #program: string;
  readonly #folder: string = newFolder("victoria-metrics");
  readonly #port: number;
  #process: RunningProcess | undefined;

  private constructor(program: string, port: number) {
    this.#program = program;
    this.#port = port;
  }

  /** Starts the server; skips the test if it is not installed. */
  static async start(context: TestContext): Promise<VictoriaMetrics> {
    const program = join(needsFetched(context, "victoria-metrics"), "usr/bin/victoria-metrics");
    const server = new VictoriaMetrics(program, await freePort());
    await server.comeBack();
    return server;
  }

  /** URL of its OTLP receiver. */
  get otlpUrl(): string {
    return `${this.#url}/opentelemetry/v1/metrics`;
  }

  /** URL of its receiver of remote write. */
  get remoteWriteUrl(): string {
    return `${this.#url}/api/v1/write`;
  }

  /** Stops the server. It then writes received samples to disk, unlike a server that is killed. */
  async goAway(): Promise<void> {
    this.#process?.kill("SIGTERM");
    await this.#process?.exit;
  }

  /** Starts the server again. */
  async comeBack(): Promise<void> {
    this.#process = runNode({
      command: this.#program,
      args: ["-storageDataPath=data", `-httpListenAddr=127.0.0.1:${this.#port}`, "-retentionPeriod=1"],
      cwd: this.#folder,
    });
    await this.#process.waitForOutput(/started server at/);
  }

  /** Makes all received samples visible to queries. */
  async flush(): Promise<void> {
    await scrape(`${this.#url}/internal/force_flush`);
  }

  /** Returns all samples of the series that a selector matches. */
  async stored(selector: string): Promise<readonly StoredSeries[]> {
    await this.flush();
    return this.samples(selector);
  }

  /** Returns the samples that queries can see. */
  async samples(selector: string): Promise<readonly StoredSeries[]> {
    const text = await scrape(`${this.#url}/api/v1/export?match[]=${encodeURIComponent(selector)}`);
    const lines = text.split("\n").filter((line) => line !== "");
    return lines.map((line) => {
      const read: { metric: Record<string, string>; values: number[]; timestamps: number[] } =
        JSON.parse(line);
      const { __name__: name = "", ...labels } = read.metric;
      return { name, labels, values: read.values, timesUnixMillis: read.timestamps };
    });
  }

  /** Returns its own counters, those of OTLP only. */
  async counts(): Promise<ServerCounts> {
    const text = await scrape(`${this.#url}/metrics`);
    const sum = (series: string): number =>
      Array.from(text.matchAll(new RegExp(`^${series} (\\S+)$`, "gm")), ([, value]) => Number(value)).reduce(
        (total, value) => total + value,
        0,
      );
    return {
      requests: sum('vm_http_requests_total\\{path="/opentelemetry/[^}]*\\}'),
      samples: sum('vm_rows_inserted_total\\{type="opentelemetry"\\}'),
      receivedBytes: sum("vm_tcplistener_read_bytes_total\\{[^}]*\\}"),
      cpuSeconds: sum("process_cpu_seconds_total"),
      residentBytes: sum("process_resident_memory_bytes"),
      activeSeries: sum('vm_cache_entries\\{type="storage/hour_metric_ids"\\}'),
      diskBytes: sum('vm_data_size_bytes\\{type="(?:storage/small|storage/big|indexdb/file)"\\}'),
    };
  }

  /** Evaluates an expression now: values by the given label. */
  async query(expression: string, label: string): Promise<Readonly<Record<string, number>>> {
    const parameters = new URLSearchParams({ query: expression, nocache: "1", latency_offset: "1ms" });
    const answer: { data: { result: { metric: Record<string, string>; value: [number, string] }[] } } =
      JSON.parse(await scrape(`${this.#url}/api/v1/query?${parameters.toString()}`));
    return Object.fromEntries(
      answer.data.result.map(({ metric, value }) => [metric[label] ?? "", Number(value[1])]),
    );
  }

  get #url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }
}
