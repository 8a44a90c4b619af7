import { diag } from "@opentelemetry/api";
import { fieldOf, isObject } from "../shared/fields.ts";
import { type Attach, isSameFile } from "../shared/instrumented.ts";
import { once } from "../shared/once.ts";
import type { Recording } from "../shared/recording.ts";
import { BUFFER } from "./index.ts";
import { MAX_UPDATES, metricBuffersOf } from "./metric-buffers.ts";
import { recorder } from "./updates.ts";

type BufferClass = new (options: object) => unknown;

const logOwnMetrics = once(() =>
  diag.info(
    "instrumentation temporal_worker: the application exports Temporal's metrics itself; leave telemetryOptions.metrics out to have them here",
  ),
);

/** Lets the metrics of Temporal's runtime join the collections, unless the application exports them itself. */
export function begin(recording: Recording<unknown>): Attach {
  const buffers = metricBuffersOf(recording);
  buffers.readBy({ update: recorder(recording.meter), failed: recording.failed });
  // The last collection follows.
  recording.onEnd(() => buffers.readBy());
  let MetricsBuffer: BufferClass | undefined;
  return (exports, file) => {
    if (isSameFile(file, BUFFER)) {
      MetricsBuffer = bufferClassIn(exports);
      return;
    }
    recording.wrap(fieldOf(exports, "Runtime"), "create", (create) => {
      return function (...args) {
        const [options, ...others] = args;
        const telemetry = fieldOf(options, "telemetryOptions");
        const metrics = fieldOf(telemetry, "metrics");
        if (isObject(metrics) && !buffers.has(fieldOf(metrics, "buffer"))) logOwnMetrics();
        if (isObject(metrics) || MetricsBuffer === undefined) return Reflect.apply(create, this, args);
        const buffer = new MetricsBuffer({ maxBufferSize: MAX_UPDATES, useSecondsForDurations: true });
        const telemetryOptions = { ...Object(telemetry), metrics: { buffer, attachServiceName: false } };
        const runtime = Reflect.apply(create, this, [{ ...Object(options), telemetryOptions }, ...others]);
        buffers.add(buffer);
        return runtime;
      };
    });
  };
}

function bufferClassIn(exports: unknown): BufferClass {
  const exported = fieldOf(exports, "MetricsBuffer");
  if (isBufferClass(exported)) return exported;
  throw new TypeError('it exports no class as "MetricsBuffer"');
}

function isBufferClass(value: unknown): value is BufferClass {
  return typeof value === "function" && isObject(value.prototype);
}
