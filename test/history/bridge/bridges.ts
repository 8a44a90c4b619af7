// Bridges to test, ended with their tests.
import { join } from "node:path";
import { BridgeTelemetry, type BridgeConfig, History } from "tachymeter/history";
import { onTestFinished } from "vitest";
import { newFolder } from "../../kit/new-folder.ts";

/** A bridge, in memory unless told otherwise. */
export function bridge(config?: BridgeConfig): BridgeTelemetry {
  const made = new BridgeTelemetry(config);
  onTestFinished(() => made.close());
  return made;
}

/** A bridge that keeps what it records in a file, and the file. */
export function bridgeOnDisk(config: BridgeConfig = {}): { telemetry: BridgeTelemetry; path: string } {
  const path = join(newFolder("bridge"), "telemetry.db");
  return { telemetry: bridge({ ...config, storage_config: { connection_string: path } }), path };
}

/** What others see of a store while somebody writes to it. */
export async function reading(path: string): Promise<History> {
  const history = await History.open({ path, readOnly: true });
  onTestFinished(() => history.close());
  return history;
}

/** All that comes. */
export async function all<T>(items: AsyncIterable<T>): Promise<readonly T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}
