import { isSecretName } from "../../../diagnostics/redact.ts";
import {
  REMOTE_WRITE,
  type RemoteWriteOptions,
  type RemoteWriteSettings,
} from "../../../options/remote-write.ts";
import { VERSION } from "../../../version.ts";
import { DeliveringExporter } from "../../delivery/delivering-exporter.ts";
import { HttpBackend, REQUEST_TIMEOUT_MILLIS } from "../../delivery/http-backend.ts";
import { ownOutbox } from "../../delivery/own-outbox.ts";
import type { QueuedExporterOptions } from "../../delivery/queued-exporter.ts";
import { componentOfType, serverOf } from "../../exporter-metrics.ts";
import { RemoteWriteEncoder } from "./encode.ts";
import { RemoteWriteSender } from "./sender.ts";

/**
 * Sends metrics by Prometheus' remote write: version 2.0, or 1.0 if the receiver does not support 2.0. Names and labels
 * are those of the Prometheus endpoint. `job` and `instance` come from the resource. Exponential histograms become native
 * ones. Series that end get a stale marker, all of them at the shutdown.
 *
 * @throws OptionsError with all invalid options.
 *
 * @example
 * const exporter = new RemoteWriteExporter({ url: "http://127.0.0.1:9090/api/v1/write" });
 */
export class RemoteWriteExporter extends DeliveringExporter {
  constructor(options: RemoteWriteOptions) {
    super(deliveryOf(REMOTE_WRITE.settings(options)));
  }
}

function deliveryOf({
  url,
  headers,
  customBuckets,
  outbox,
}: RemoteWriteSettings): Omit<QueuedExporterOptions, "meter"> {
  const userAgent = { "User-Agent": `Tachymeter-Remote-Write-Exporter/${VERSION}` };
  const backend = new HttpBackend(new URL(url), { ...headers, ...userAgent });
  const sender = new RemoteWriteSender(backend);
  return {
    name: `remote write exporter "${backend.shownUrl}"`,
    component: componentOfType("prometheus_remote_write_metric_exporter", serverOf(backend.url)),
    encoder: new RemoteWriteEncoder(customBuckets),
    send: (record, signal) => sender.send(record, signal),
    // The thread needs the rest of the time.
    lastWork: (records, millis) => backend.lastWork(sender.lastRequests(records, millis / 2)),
    close: () => backend.close(),
    timeoutMillis: REQUEST_TIMEOUT_MILLIS,
    outbox: ownOutbox(outbox, "remote-write", backend.url.pathname, ...tenantHeaders(headers)),
  };
}

// Headers may select a tenant. Secrets are left out: records that wait must be sent after one is replaced.
function tenantHeaders(headers: Readonly<Record<string, string>>): readonly string[] {
  return Object.entries(headers)
    .flatMap(([name, value]) => (isSecretName(name) ? [] : [`${name.toLowerCase()}: ${value}`]))
    .toSorted();
}
