// Fields of the package's queues, workers and jobs that are read. Any of them may be missing.
import type { Attributes } from "@opentelemetry/api";
import { fieldOf, isObject, listIn, portFrom } from "../shared/fields.ts";
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

// `connection` as passed by the application: options, options with a URL, a client or cluster of ioredis, or a client of `redis`.
function serverOf(connection: unknown): Attributes {
  const options = fieldOf(connection, "options") ?? connection;
  const socket = fieldOf(options, "socket");
  const database = fieldOf(options, "db") ?? fieldOf(options, "database");
  const [first] = listIn(connection, "startupNodes");
  const url = typeof first === "string" ? first : fieldOf(options, "url");
  if (typeof url === "string" && URL.canParse(url)) {
    const { hostname, port, pathname } = new URL(url);
    return attributesOf(hostname, port, pathname.length > 1 ? pathname.slice(1) : database);
  }
  const path = fieldOf(options, "path") ?? fieldOf(socket, "path");
  if (typeof path === "string") return attributesOf(path, DEFAULT_PORT, database);
  const place = [first, socket].find(isObject) ?? options;
  return attributesOf(fieldOf(place, "host"), fieldOf(place, "port"), database);
}

function attributesOf(host: unknown, port: unknown, database: unknown): Attributes {
  return {
    "server.address": typeof host === "string" && host !== "" ? host : DEFAULT_HOST,
    "server.port": portFrom(port, DEFAULT_PORT),
    ...(Number(database) > 0 && { "db.namespace": String(database) }),
  };
}
