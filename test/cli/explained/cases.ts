// The planted faults: the alert of each, and the words by which its true cause is named.
import type { Shop, ShopFault } from "./faulty-shop.ts";

/** A planted fault. */
export interface FaultCase extends ShopFault {
  /** Its cause in words, for the table of results. */
  readonly cause: string;
  /** Matches the cause in a line. */
  readonly names: RegExp | ((ports: Shop["ports"]) => RegExp);
}

export const CASES: readonly FaultCase[] = [
  { fault: "heapLeak", cause: "a function keeps its objects", alert: "HeapGrows", names: /rememberSession/ },
  {
    fault: "slowService",
    cause: "a service responds late",
    service: ["billing", "600 200"],
    alert: "OrdersSlow",
    names: ({ billing }) => new RegExp(`server_port="${billing}"`),
  },
  {
    fault: "failingService",
    cause: "a service responds with 500",
    service: ["billing", "4 500"],
    alert: "RequestsFail",
    names: ({ billing }) => new RegExp(`server_port="${billing}"`),
  },
  {
    fault: "slowDatabase",
    cause: "queries take long",
    alert: "OrdersSlow",
    names: /db_client_operation_duration/,
  },
  {
    fault: "lockContention",
    cause: "another holder keeps a lock",
    alert: "OrdersSlow",
    names: /lock_name="stock"/,
  },
  { fault: "blockedLoop", cause: "a function runs long", alert: "EventLoopBlocked", names: /countStock/ },
  { fault: "largeDocument", cause: "JSON of 16 MB is parsed", alert: "OrdersSlow", names: /importCatalogue/ },
  {
    fault: "badPattern",
    cause: "a regular expression backtracks",
    alert: "EventLoopBlocked",
    names: /matchCoupon/,
  },
  {
    fault: "slowConsumer",
    baselineSeconds: 60,
    cause: "a consumer is slow, its queue fills up",
    alert: "MessagesWait",
    names: /name="mail"/,
  },
  {
    fault: "stuckConsumer",
    baselineSeconds: 60,
    cause: "a consumer takes no more messages",
    alert: "MessagesWait",
    names: /name="invoices"/,
  },
  {
    fault: "rejectedMessages",
    cause: "a handler rejects messages",
    alert: "MessagesFail",
    names: /name="invoices"/,
  },
  {
    fault: "failingDisk",
    cause: "writes fail with ENOSPC",
    alert: "ApplicationUnhealthy",
    names: /component="disk"/,
  },
  {
    fault: "processorLimit",
    cause: "its control group gets a tenth of a processor",
    alert: "OrdersSlow",
    names: /container_cpu|no processor time/,
  },
  {
    fault: "badDeployment",
    cause: "a new version has a failing route",
    isDeployed: true,
    alert: "RequestsFail",
    names: /2\.0\.0/,
  },
  {
    fault: "crash",
    cause: "the process crashes again and again",
    crashes: 3,
    alert: "RestartLoop",
    names: /restart|start(?:s|ed)/,
  },
  { fault: "clockChange", cause: "the clock is set", alert: "ClockJumped", names: /clock/i },
  {
    fault: "exhaustedPool",
    cause: "connections are not released",
    alert: "RequestsFail",
    names: /db_client_connection/,
  },
  { fault: "failingRoute", cause: "a route throws", alert: "RequestsFail", names: /http_route="\/checkout"/ },
  { fault: "slowRoute", cause: "a route is slow", alert: "RequestsSlow", names: /http_route="\/report"/ },
  {
    fault: "descriptorLeak",
    cause: "sockets are never closed",
    alert: "DescriptorsGrow",
    names: /TCPSocketWrap/,
  },
  { fault: "rateLimitedModel", cause: "a model refuses calls", alert: "RequestsFail", names: /gpt-shop|429/ },
  {
    fault: "failingBackend",
    cause: "a backend refuses metrics",
    service: ["backend", "4 400"],
    alert: "ExporterFailing",
    names: /otlp/,
  },
  {
    fault: "manySeries",
    cause: "an attribute has a value for each user",
    alert: "SeriesOverflowing",
    names: /shop_logins/,
  },
];
