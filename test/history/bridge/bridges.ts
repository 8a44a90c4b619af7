// Bridges for tests, closed after their tests.
import { join } from "node:path";
import { BridgeTelemetry, type BridgeConfig, History } from "tachymeter/history";
import { onTestFinished } from "vitest";
import { newFolder } from "../../kit/new-folder.ts";

/** A bridge, in memory by default. */
export function bridge(config?: BridgeConfig): BridgeTelemetry {
  const made = new BridgeTelemetry(config);
  onTestFinished(() => made.close());
  return made;
}

/** A bridge on a file, and the path of the file. */
export function bridgeOnDisk(config: BridgeConfig = {}): { telemetry: BridgeTelemetry; path: string } {
  const path = join(newFolder("bridge"), "telemetry.db");
  return { telemetry: bridge({ ...config, storage_config: { connection_string: path } }), path };
}

/** A reader of a store that is being written. */
export async function reading(path: string): Promise<History> {
  const history = await History.open({ path, readOnly: true });
  onTestFinished(() => history.close());
  return history;
}

/** All items. */
export async function all<T>(items: AsyncIterable<T>): Promise<readonly T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}
