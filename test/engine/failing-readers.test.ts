import { setTimeout as sleep } from "node:timers/promises";
import { MeterProvider } from "tachymeter/metrics";
import { expect, test } from "vitest";
import { OpenReader } from "./our-provider.ts";

/** A reader whose flushes and shutdown do what is given. */
class EndingReader extends OpenReader {
  readonly #end: () => Promise<void>;

  constructor(ending: () => Promise<void>) {
    super();
    this.#end = ending;
  }

  protected override onForceFlush(): Promise<void> {
    return this.#end();
  }

  protected override onShutdown(): Promise<void> {
    return this.#end();
  }
}

test.each(["forceFlush", "shutdown"] as const)(
  "%s waits for all readers, also if one of them fails",
  async (end) => {
    const ended: string[] = [];
    const failing = (message: string): EndingReader =>
      new EndingReader(() => Promise.reject(new Error(message)));
    const slow = new EndingReader(async () => {
      await sleep(50);
      ended.push("slow");
    });
    const provider = new MeterProvider({ readers: [failing("no disk"), slow, failing("no network")] });
    await expect(provider[end]()).rejects.toThrow("no disk");
    expect(ended).toEqual(["slow"]);
  },
);
