// Fields of the package's queues, workers and jobs that are read. Any of them may be missing.
import type { Attributes } from "@opentelemetry/api";
import { fieldOf, isObject, listIn } from "../shared/fields.ts";
import { claimNames } from "../shared/names.ts";

/** Value of `messaging.system.name` for the package's queues. */
export const BULLMQ = "bullmq";

// Defaults of BullMQ and ioredis.
const DEFAULT_PREFIX = "bull";
const DEFAULT_HOST = "127.0.0.1";
const DEFAULT_PORT = 6379;

/** A `Queue`, a `Worker`, or the queue object of a `FlowProducer`. */
export type QueueLike = Readonly<Partial<Record<"name" | "opts" | "closing", unknown>>>;

/** The fields of a job that are read. */
export type JobLike = Readonly<
  Partial<Record<"queueName" | "timestamp" | "processedOn" | "attemptsStarted" | "opts", unknown>>
>;

/** Whether the application has passed a meter to the queue, so that the package itself measures processed jobs. */
export function measuresItself({ opts }: QueueLike): boolean {
  return isObject(fieldOf(fieldOf(opts, "telemetry"), "meter"));
}

/** Makes the instrumentations of Redis clients ignore the keys of queues with this prefix. */
export function claimPrefix({ opts }: QueueLike): void {
  const prefix = fieldOf(opts, "prefix");
  if (typeof prefix === "string" && prefix !== DEFAULT_PREFIX) claimNames(`${prefix}:`);
}

/**
 * Attributes of a queue's Redis server and prefix: `server.address`, `server.port`, `db.namespace` for a database
 * other than 0, `bullmq.queue.prefix` for a prefix other than `bull`. Never includes user or password.
 */
export function placeOf({ opts }: QueueLike): Attributes {
  const prefix = fieldOf(opts, "prefix");
  return {
    ...serverOf(fieldOf(opts, "connection")),
    ...(typeof prefix === "string" && prefix !== DEFAULT_PREFIX && { "bullmq.queue.prefix": prefix }),
  };
}

// `connection` as passed by the application: options, options with a URL, or a client or cluster of ioredis.
function serverOf(connection: unknown): Attributes {
  const options = fieldOf(connection, "options") ?? connection;
  const url = fieldOf(options, "url");
  if (typeof url === "string" && URL.canParse(url)) {
    const { hostname, port, pathname } = new URL(url);
    return attributesOf(hostname, Number(port), Number(pathname.slice(1)));
  }
  const path = fieldOf(options, "path");
  if (typeof path === "string") return attributesOf(path, DEFAULT_PORT, fieldOf(options, "db"));
  const [first] = listIn(connection, "startupNodes");
  const node = isObject(first) ? first : options;
  return attributesOf(fieldOf(node, "host"), fieldOf(node, "port"), fieldOf(options, "db"));
}

function attributesOf(host: unknown, port: unknown, database: unknown): Attributes {
  return {
    "server.address": typeof host === "string" && host !== "" ? host : DEFAULT_HOST,
    "server.port": typeof port === "number" && port > 0 ? port : DEFAULT_PORT,
    ...(typeof database === "number" && database > 0 && { "db.namespace": String(database) }),
  };
}
