// The instruments for requests over HTTP. Names, units and boundaries are the semantic conventions', but for the counters.
import type { Counter, Histogram, Meter, ObservableUpDownCounter } from "@opentelemetry/api";

// As the conventions advise.
const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];

/** `http.server.requests`, by `http.request.method`, `http.response.status_code` and `error.type`. */
export function serverRequestCounter(meter: Meter): Counter {
  return meter.createCounter("http.server.requests", {
    unit: "{request}",
    description: "Requests over HTTP that were answered, or whose client went away before",
  });
}

/** `http.client.requests`, by `http.request.method`, `http.response.status_code` and `error.type`. */
export function clientRequestCounter(meter: Meter): Counter {
  return meter.createCounter("http.client.requests", {
    unit: "{request}",
    description: "Requests over HTTP that the application made, once an answer began or none came",
  });
}

/** `http.server.active_requests`, by `http.request.method`. */
export function activeServerRequests(meter: Meter): ObservableUpDownCounter {
  return meter.createObservableUpDownCounter("http.server.active_requests", {
    unit: "{request}",
    description: "Requests over HTTP that are not answered yet",
  });
}

/** `http.client.active_requests`, by `http.request.method`. */
export function activeClientRequests(meter: Meter): ObservableUpDownCounter {
  return meter.createObservableUpDownCounter("http.client.active_requests", {
    unit: "{request}",
    description: "Requests over HTTP that the application made and to which no answer began yet",
  });
}

/** `http.server.request.duration`. */
export function serverDurationHistogram(meter: Meter): Histogram {
  return meter.createHistogram("http.server.request.duration", {
    unit: "s",
    description: "Duration of HTTP server requests.",
    advice: { explicitBucketBoundaries: SECONDS },
  });
}

/** `http.client.request.duration`. */
export function clientDurationHistogram(meter: Meter): Histogram {
  return meter.createHistogram("http.client.request.duration", {
    unit: "s",
    description: "Duration of HTTP client requests.",
    advice: { explicitBucketBoundaries: SECONDS },
  });
}
