import { diag } from "@opentelemetry/api";
import { MeterProvider } from "tachymeter/metrics";
import { afterEach, expect, test } from "vitest";
import { Events } from "../../src/events/events.ts";
import { NO_EXPORTS } from "../../src/sdk/exports.ts";
import { KeptEvents } from "../../src/sdk/kept-events.ts";
import { RunningExports } from "../../src/sdk/running-exports.ts";
import { Teardown } from "../../src/sdk/teardown.ts";
import { collectWarnings } from "../kit/collect-warnings.ts";
import { PullReader } from "../kit/pull-reader.ts";

afterEach(() => {
  diag.disable();
});

class EndingReader extends PullReader {
  readonly #end: () => Promise<void>;

  constructor(end: () => Promise<void>) {
    super();
    this.#end = end;
  }

  override shutdown(): Promise<void> {
    return this.#end();
  }
}

function exporting(...readers: readonly PullReader[]) {
  const ended: string[] = [];
  const storage = new Teardown();
  storage.add(() => ended.push("storage"));
  const exports = new RunningExports({
    make: () => ({ ...NO_EXPORTS, readers }),
    storage,
    kept: new KeptEvents(undefined),
    given: [],
    begin: () => [],
    onEndpoint: () => {},
  });
  exports.make();
  const provider = new MeterProvider({ readers: [...readers] });
  return { ended, exports, handOver: () => exports.handOver(provider, { events: new Events() }, () => true) };
}

test("a reader that throws at a handover is logged, and the others end before the storage", async () => {
  const warnings = collectWarnings();
  const throwing = new EndingReader(() => {
    throw new Error("not closed");
  });
  const { ended, handOver } = exporting(throwing, new EndingReader(async () => void ended.push("reader")));
  await handOver();
  expect(ended).toEqual(["reader", "storage"]);
  expect(warnings).toEqual([expect.stringContaining("not closed")]);
});

test("shutdown() waits for a handover that is under way", async () => {
  let endReader = (): void => {};
  const readerEnd = new Promise<void>((resolve) => (endReader = resolve));
  const { ended, exports, handOver } = exporting(new EndingReader(() => readerEnd));
  const handedOver = handOver();
  const shutDown = exports.shutdown().then(() => ended.push("shutdown"));
  for (let turn = 0; turn < 3; turn++) await new Promise((next) => void setImmediate(next));
  expect(ended).toEqual([]);
  endReader();
  await Promise.all([handedOver, shutDown]);
  expect(ended).toEqual(["storage", "shutdown"]);
});
