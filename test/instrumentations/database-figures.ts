// Recorded metrics of database clients.
import type { Attributes } from "@opentelemetry/api";
import type { Collecting } from "../kit/collecting.ts";

/** Returns the count of each operation, by `<operation>[ <error type>]`. */
export async function operationCounts({ points }: Collecting): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const { attributes, value } of await points("db.client.operation.duration")) {
    const words = [attributes["db.operation.name"], attributes["error.type"]];
    const key = words.filter((word) => word !== undefined).join(" ");
    counts[key] = (counts[key] ?? 0) + Number(Reflect.get(Object(value), "count"));
  }
  return counts;
}

/** Returns the attributes of one operation's series. */
export async function operationAttributes({ points }: Collecting, operation: string): Promise<Attributes> {
  const all = await points("db.client.operation.duration");
  return all.find(({ attributes }) => attributes["db.operation.name"] === operation)?.attributes ?? {};
}

/** Returns the figures of a pool by its name. */
export async function poolFigures(
  { point }: Collecting,
  name: string,
): Promise<{ idle: unknown; used: unknown; pending: unknown; max: unknown }> {
  const ofPool = { "db.client.connection.pool.name": name };
  const state = "db.client.connection.state";
  return {
    idle: await point("db.client.connection.count", { ...ofPool, [state]: "idle" }),
    used: await point("db.client.connection.count", { ...ofPool, [state]: "used" }),
    pending: await point("db.client.connection.pending_requests", ofPool),
    max: await point("db.client.connection.limit", ofPool),
  };
}
