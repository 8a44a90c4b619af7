// Runs of `npm run demo`.
import { execFileSync } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { type RunningProcess, reapLater, runNode } from "../kit/process.ts";

const repository = resolve(import.meta.dirname, "../..");
/** Folder of the example. */
export const example = join(repository, "examples/fleet");
/** Folder of the files that a run writes. */
export const output = join(example, "output");
/** Number of files of a run. */
export const FILES = 200;
/** Its line about the files, if all were reported. */
export const ALL_DONE =
  /round 1: 200 of 200 files reported, each exactly once; taken over: [1-9]\d*, late reports: [1-9]\d*, not handed out in time: 0$/m;
/** The endpoints that it shows. */
export const ENDPOINT = /http:\/\/127\.0\.0\.1:\d+\/metrics/g;

/** Installs and builds what the example needs. */
export function setUpDemo(): void {
  const setUp = `import { setUp } from "./examples/fleet/setup.js"; setUp();`;
  const words = ["--input-type=module", "--eval", setUp];
  execFileSync(process.execPath, words, { cwd: repository, stdio: "inherit" });
}

/** Starts the example. */
export function startDemo(...words: string[]): RunningProcess {
  return runNode({ cwd: repository, args: ["examples/fleet/run.js", ...words] });
}

/** Creates a temporary folder with `count` files, some of them large enough for the fleet's lock. */
export async function folderOf(count: number): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "tachymeter-fleet-"));
  reapLater(() => rm(folder, { recursive: true, force: true }));
  for (let i = 0; i < count; i++) {
    await writeFile(join(folder, `${i}.txt`), `line ${i}\n`.repeat(i % 20 === 0 ? 40_000 : 100));
  }
  return folder;
}

/** Whether all endpoints that were shown have stopped responding. */
export async function areGone(demo: RunningProcess): Promise<boolean> {
  const urls = demo.stdout.match(ENDPOINT) ?? [];
  const answers = await Promise.allSettled(urls.map((url) => fetch(url)));
  return answers.every(({ status }) => status === "rejected");
}
