import { createHash } from "node:crypto";
import { join } from "node:path";
import type { OutboxSettings } from "../../options/outbox.ts";

/**
 * The outbox of one reader type and one target at the backend. Records have no target of their own, so processes must take
 * over only those with the same target. The host is not a part of it: a backend may move.
 */
export function ownOutbox(
  outbox: OutboxSettings | undefined,
  type: string,
  ...target: readonly string[]
): OutboxSettings | undefined {
  if (outbox === undefined) return undefined;
  const hash = createHash("sha256").update(JSON.stringify(target)).digest("hex").slice(0, 8);
  return { ...outbox, directory: join(outbox.directory, `${type}-${hash}`) };
}
