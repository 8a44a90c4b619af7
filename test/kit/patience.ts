/**
 * Vitest's set-up of each test file: what is waited for may take as long as on a machine that is busy with other things.
 * Vitest itself gives up after a second, which is less than a process or a server may need, and lets only `expect.poll`
 * be configured.
 */
import { vi } from "vitest";
import { waitMillis } from "./test-length.ts";

const { waitFor, waitUntil } = vi;

vi.waitFor = (callback, options) => waitFor(callback, patient(options));
vi.waitUntil = (callback, options) => waitUntil(callback, patient(options));

type Options = Exclude<Parameters<typeof waitFor>[1], undefined>;

function patient(options: Options = {}): Options {
  return typeof options === "number" ? options : { timeout: waitMillis, ...options };
}
