// The load of each recorded application, and the series that are kept.
const lines = (name, labels = "") => new RegExp(String.raw`^${name}\{[^}]*${labels}[^}]*\} (\S+)`, "gm");

const meanOf = (name, labels) => ({
  mean: { sum: lines(`${name}_sum`, labels), count: lines(`${name}_count`, labels) },
});
const REQUESTS = "http_server_request_duration_seconds";
const requestsOf = (route) => `http_route="${route}"`;

const COMMON = {
  "requests, not found": { rate: lines(`${REQUESTS}_count`, 'http_response_status_code="404"') },
  "requests, all": { rate: lines(`${REQUESTS}_count`) },
  "processor time": { rate: lines("process_cpu_time_seconds_total") },
  "heap used": { value: lines("v8js_memory_heap_used_bytes") },
  "garbage collection": { rate: lines("v8js_gc_duration_seconds_sum") },
};
const DATABASE = {
  "database operations": { rate: lines("db_client_operation_duration_seconds_count") },
  "database duration": meanOf("db_client_operation_duration_seconds"),
};
const ADMIN = { authorization: "*:*.unleash-insecure-admin-api-token" };
const CLIENT = { authorization: "default:development.unleash-insecure-api-token", "UNLEASH-APPNAME": "shop" };
const some = (prefix, count) => (random) => `${prefix}${Math.floor(count * random.share())}`;

/** By application: its requests with their weights, and how many a minute at the height of a day. */
export const LOADS = {
  "node-red": {
    usual: 24,
    requests: [
      { weight: 80, path: some("/api/item/", 60) },
      { weight: 15, path: () => "/flow/tab" },
      { weight: 3, path: () => "/settings" },
      { weight: 2, path: some("/none/", 9) },
    ],
    series: {
      ...COMMON,
      "requests, item": { rate: lines(`${REQUESTS}_count`, requestsOf("/api/item/:id")) },
      "duration, item": meanOf(REQUESTS, requestsOf("/api/item/:id")),
      "requests, flow": { rate: lines(`${REQUESTS}_count`, requestsOf("/flow/:id")) },
    },
  },
  unleash: {
    usual: 10,
    requests: [
      { weight: 70, path: () => "/api/client/features", headers: CLIENT },
      { weight: 25, path: some("/api/admin/projects/default/features/flag", 10), headers: ADMIN },
      { weight: 3, path: () => "/health" },
      { weight: 2, path: some("/api/nope/", 9) },
    ],
    series: {
      ...COMMON,
      ...DATABASE,
      "requests, client": { rate: lines(`${REQUESTS}_count`, requestsOf("/api/client/features")) },
      "duration, client": meanOf(REQUESTS, requestsOf("/api/client/features")),
      "duration, admin": meanOf(REQUESTS, requestsOf("/api/admin/projects/:projectId/features/:featureName")),
    },
  },
};
