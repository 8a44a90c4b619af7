// Figures of kernels in other members of a group.
import type { KernelLatency } from "./latency-sketch.ts";
import type { KernelResources } from "./resources.ts";
import { errorRateOf, type KernelState, type KernelTelemetry } from "./telemetry.ts";

/** Adds up the figures of two members for a kernel. State, latency and resources are those of the last active one. */
export function sumOfTelemetry(one: KernelTelemetry, other: KernelTelemetry): KernelTelemetry {
  const [last, first] = lastActive(one) >= lastActive(other) ? [one, other] : [other, one];
  const messagesProcessed = one.messagesProcessed + other.messagesProcessed;
  const errors = one.errors + other.errors;
  const startTime = Math.min(one.startTime ?? Infinity, other.startTime ?? Infinity);
  const lastMessageTime = Math.max(one.lastMessageTime ?? 0, other.lastMessageTime ?? 0);
  return Object.freeze({
    ...first,
    ...last,
    messagesReceived: one.messagesReceived + other.messagesReceived,
    messagesSent: one.messagesSent + other.messagesSent,
    messagesProcessed,
    errors,
    ...(startTime < Infinity && { startTime }),
    ...(lastMessageTime > 0 && { lastMessageTime }),
    throughput: one.throughput + other.throughput,
    uptime: Math.max(one.uptime, other.uptime),
    errorRate: errorRateOf(errors, messagesProcessed),
    ...sumIn("inputQueueSize", one, other),
    ...sumIn("outputQueueSize", one, other),
  });
}

/** Reads the kernels of a member by id; `undefined` if it is not a list. Invalid ones are left out. */
export function kernelsFrom(given: unknown): ReadonlyMap<string, KernelTelemetry> | undefined {
  if (!Array.isArray(given)) return undefined;
  const kernels = given.filter(isTelemetry).map((each) => [each.kernelId, Object.freeze(each)] as const);
  return new Map(kernels);
}

function lastActive({ lastMessageTime, startTime }: KernelTelemetry): number {
  return lastMessageTime ?? startTime ?? 0;
}

function sumIn(
  key: "inputQueueSize" | "outputQueueSize",
  one: KernelTelemetry,
  other: KernelTelemetry,
): Partial<KernelTelemetry> {
  const [a, b] = [one[key], other[key]];
  return a === undefined && b === undefined ? {} : { [key]: (a ?? 0) + (b ?? 0) };
}

const STATES = {
  unknown: true,
  launched: true,
  active: true,
  inactive: true,
  terminated: true,
} satisfies Record<KernelState, true>;
const NUMBERS = [
  "messagesReceived",
  "messagesSent",
  "messagesProcessed",
  "errors",
  "throughput",
  "uptime",
  "errorRate",
] as const satisfies readonly (keyof KernelTelemetry)[];
const OPTIONAL_NUMBERS = [
  "startTime",
  "lastMessageTime",
  "inputQueueSize",
  "outputQueueSize",
] as const satisfies readonly (keyof KernelTelemetry)[];
const LATENCY = ["count", "mean", "p50", "p95", "p99"] as const satisfies readonly (keyof KernelLatency)[];
const RESOURCES = ["utilization"] as const satisfies readonly (keyof KernelResources)[];
const OPTIONAL_RESOURCES = [
  "cpuSeconds",
  "heapUsedBytes",
  "heapTotalBytes",
] as const satisfies readonly (keyof KernelResources)[];

function isTelemetry(given: unknown): given is KernelTelemetry {
  if (!hasNumbers(given, NUMBERS, OPTIONAL_NUMBERS)) return false;
  const { kernelId, state, latency, resources } = given;
  return (
    typeof kernelId === "string" &&
    typeof state === "string" &&
    Object.hasOwn(STATES, state) &&
    (latency === undefined || hasNumbers(latency, LATENCY, [])) &&
    (resources === undefined || hasNumbers(resources, RESOURCES, OPTIONAL_RESOURCES))
  );
}

function hasNumbers(
  given: unknown,
  required: readonly string[],
  optional: readonly string[],
): given is Readonly<Record<string, unknown>> {
  if (typeof given !== "object" || given === null) return false;
  const fields = new Map<string, unknown>(Object.entries(given));
  return (
    required.every((key) => typeof fields.get(key) === "number") &&
    optional.every((key) => ["number", "undefined"].includes(typeof fields.get(key)))
  );
}
