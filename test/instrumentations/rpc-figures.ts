/** Calls recorded by the instrumentations of RPC libraries. */
import type { Collecting } from "../kit/collecting.ts";
import { countOf } from "./histogram-figures.ts";

const PARTS = ["rpc.system.name", "rpc.method", "rpc.status_code", "error.type"];

/** Returns the number of calls of one side by system, method, status and error. */
export async function calls(
  { points }: Collecting,
  side: "client" | "server",
): Promise<Readonly<Record<string, unknown>>> {
  const all = await points(`rpc.${side}.call.duration`);
  return Object.fromEntries(
    all.map(({ attributes, value }) => [
      PARTS.flatMap((part) => attributes[part] ?? []).join(" "),
      countOf(value),
    ]),
  );
}
