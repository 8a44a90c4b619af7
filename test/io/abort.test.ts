// Work that one signal ends.
import { setImmediate as turn } from "node:timers/promises";
import { start } from "tachymeter";
import { expect, onTestFinished, test } from "vitest";
import { onAbort } from "../../src/io/abort.ts";
import { newFolder } from "../kit/new-folder.ts";

/** The warnings that Node.js has during the test. */
function warnings(): readonly string[] {
  const found: string[] = [];
  const note = ({ message }: Error): number => found.push(message);
  process.on("warning", note);
  onTestFinished(() => void process.off("warning", note));
  return found;
}

test("all ends are called, but not those that were stopped", () => {
  const ending = new AbortController();
  const ended: number[] = [];
  const stops = Array.from({ length: 20 }, (_, i) => onAbort(ending.signal, () => ended.push(i)));
  stops[3]?.();
  ending.abort();
  expect(ended).toEqual(Array.from({ length: 20 }, (_, i) => i).filter((i) => i !== 3));
});

test("twenty questions at once with one signal bring no warning of Node.js", async () => {
  const found = warnings();
  const telemetry = start({
    host: false,
    runtime: false,
    group: false,
    readers: [],
    instrumentations: [],
    history: { path: `${newFolder("abort")}/history.db` },
  });
  onTestFinished(() => telemetry.shutdown());
  await telemetry.forceFlush();
  const { signal } = new AbortController();
  const asked = Array.from({ length: 20 }, () => telemetry.query("up", { signal }));
  await Promise.all(asked);
  await turn();
  expect(found).toEqual([]);
});
