import { showUrl } from "../../../diagnostics/show.ts";
import { textOfAnswer } from "../../../io/http/answer-text.ts";
import type { NewRecord } from "../../../io/outbox/record-queue.ts";
import {
  PUSHGATEWAY,
  type PushgatewayOptions,
  type PushgatewaySettings,
} from "../../../options/pushgateway.ts";
import { VERSION } from "../../../version.ts";
import { attemptFrom, failedBy } from "../../delivery/attempt.ts";
import { DeliveringExporter } from "../../delivery/delivering-exporter.ts";
import { type BackendRequest, HttpBackend, REQUEST_TIMEOUT_MILLIS } from "../../delivery/http-backend.ts";
import { ownOutbox } from "../../delivery/own-outbox.ts";
import type { QueuedExporterOptions } from "../../delivery/queued-exporter.ts";
import { componentOfType, serverOf } from "../../exporter-metrics.ts";
import { PushgatewayEncoder } from "./encode.ts";
import { groupUrl } from "./group-url.ts";

/**
 * Pushes metrics to a Prometheus Pushgateway, for batch jobs that end before they are scraped. The Pushgateway keeps only
 * the latest values, so of several waiting collections only the newest is sent.
 *
 * @throws OptionsError with all invalid options.
 *
 * @example
 * const exporter = new PushgatewayExporter({ url: "http://127.0.0.1:9091", job: "backup", groupings: { host: "db1" } });
 */
export class PushgatewayExporter extends DeliveringExporter {
  constructor(options: PushgatewayOptions) {
    super(deliveryOf(PUSHGATEWAY.settings(options)));
  }
}

function deliveryOf(settings: PushgatewaySettings): Omit<QueuedExporterOptions, "meter"> {
  const { job, groupings, mode, deleteAtEnd, outbox } = settings;
  const backend = new HttpBackend(groupUrl(settings.url, job, groupings), {
    "User-Agent": `Tachymeter-Pushgateway-Exporter/${VERSION}`,
  });
  const requestOf = requestsOf(mode);
  return {
    name: `pushgateway exporter "${shownGroup(settings)}"`,
    component: componentOfType("pushgateway_metric_exporter", serverOf(backend.url)),
    encoder: new PushgatewayEncoder(deleteAtEnd, ["job", ...Object.keys(groupings)]),
    sendsLatestOnly: true,
    async send(record, signal) {
      try {
        const answer = await backend.send(requestOf(record), signal);
        return attemptFrom(answer, Date.now(), textOfAnswer(answer, backend.secrets));
      } catch (error) {
        return failedBy(error);
      }
    },
    lastWork: (records) =>
      backend.lastWork(records.map((record) => ({ ...requestOf(record), points: record.points }))),
    close: () => backend.close(),
    timeoutMillis: REQUEST_TIMEOUT_MILLIS,
    outbox: ownOutbox(outbox, "pushgateway", backend.url.pathname),
  };
}

// The form of the URL with `@base64` looks like that of a password.
function shownGroup({ url, job, groupings }: PushgatewaySettings): string {
  const labels = Object.entries({ job, ...groupings });
  const path = labels.map(([name, value]) => `/${name}/${encodeURIComponent(value)}`).join("");
  return `${showUrl(url).replace(/\/+$/, "")}/metrics${path}`;
}

const PUSH_HEADERS = {
  "Content-Type": "text/plain; version=0.0.4; charset=utf-8",
  "Content-Encoding": "gzip",
};

// Records are packed with gzip already.
function requestsOf(mode: PushgatewaySettings["mode"]): (record: NewRecord) => BackendRequest {
  const method = mode === "push" ? "PUT" : "POST";
  return ({ body, points }) =>
    points === 0
      ? { method: "DELETE", headers: {}, body: new Uint8Array() }
      : { method, headers: PUSH_HEADERS, body };
}
