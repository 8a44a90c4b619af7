// What is recorded of requests over HTTP. Those that are active have the semantic conventions' names.
import type { Counter, Meter, ObservableUpDownCounter } from "@opentelemetry/api";

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
