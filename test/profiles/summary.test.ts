// Tables of profiles, and growth of the heap, from profiles that are known.
import { Session } from "node:inspector";
import { Session as PromisesSession } from "node:inspector/promises";
import { promisify } from "node:util";
import { expect, onTestFinished, test, vi } from "vitest";
import { grownBetween } from "../../src/profiles/grown-heap.ts";
import { FunctionNames } from "../../src/profiles/names.ts";
import { onForeignProfiler } from "../../src/profiles/refusal.ts";
import { summaryOf } from "../../src/profiles/summary.ts";
import { AllocationProfiles, TakenProfiles } from "../../src/profiles/taken-profiles.ts";

const isOwn = (): boolean => false;
const frame = (functionName: string, url: string) => ({
  functionName,
  url,
  scriptId: url === "" ? "0" : "1",
  lineNumber: 0,
  columnNumber: 0,
});
const LIB = "/node_modules/lib/i.js";

test("a function has its own time and that with all it called, as parts of the busy time; so have packages", () => {
  const profile = {
    nodes: [
      { id: 1, callFrame: frame("(root)", ""), children: [2, 4] },
      { id: 2, callFrame: frame("serve", "/a.js"), children: [3] },
      { id: 3, callFrame: frame("clone", LIB) },
      { id: 4, callFrame: frame("(idle)", "") },
    ],
    startTime: 0,
    endTime: 80,
    samples: [2, 3, 3, 3, 4, 4, 4, 4],
    timeDeltas: [0, 10, 10, 10, 10, 10, 10, 10],
  };
  const { functions, packages, ...times } = summaryOf(profile, { intervalMicros: 10, max: 10, isOwn });
  expect(times).toEqual({ seconds: 80e-6, busy: 0.5 });
  expect(functions.map((each) => [each.function, each.share, each.total])).toEqual([
    ["clone", 0.75, 0.75],
    ["serve", 0.25, 1],
  ]);
  expect(packages).toEqual([
    { package: "lib", share: 0.75, total: 0.75 },
    { package: undefined, share: 0.25, total: 1 },
  ]);
});

test("growth counts for the function that allocated, not for what Node.js did within it", () => {
  const profile = (ofList: number, ofCache: number) => ({
    samples: [],
    head: {
      id: 1,
      callFrame: frame("(root)", ""),
      selfSize: 5,
      children: [
        {
          id: 2,
          callFrame: frame("remember", "/a.js"),
          selfSize: 100,
          children: [{ id: 3, callFrame: frame("from", "node:buffer"), selfSize: ofList, children: [] }],
        },
        { id: 4, callFrame: frame("cache", LIB), selfSize: ofCache, children: [] },
      ],
    },
  });
  const grown = grownBetween(profile(100, 900), profile(400, 800), { isOwn, max: 10 });
  expect(grown.map((each) => [each.function, each.bytes])).toEqual([["remember", 300]]);
});

test("a profile that is longer than the one being taken begins after it", async () => {
  const session = new Session();
  let started = 0;
  vi.spyOn(session, "post").mockImplementation((method: string, answer: unknown) => {
    if (method === "Profiler.start") started++;
    const profile = { nodes: [], startTime: started, endTime: started, samples: [], timeDeltas: [] };
    if (typeof answer === "function") answer(null, { profile });
  });
  const taken = new TakenProfiles({ session, names: new FunctionNames("/"), intervalMicros: 10, isOwn });
  const texts = await Promise.all([0.02, 0.01, 0.03].map(async (seconds) => (await taken.run(seconds)).text));
  expect(texts.map((text) => JSON.parse(text).startTime)).toEqual([1, 1, 2]);
});

function connectedSession() {
  const session = new Session();
  session.connect();
  onTestFinished(() => session.disconnect());
  return session;
}

test("allocations are not sampled while the application samples its own, which go on", async () => {
  const [own, session] = [connectedSession(), connectedSession()];
  const taken = new AllocationProfiles({ session, names: new FunctionNames("/"), intervalMicros: 10, isOwn });
  expect(await taken.run(0.01)).toEqual(expect.any(Array));
  const post = promisify((method: string, done: (error: Error | null) => void) => own.post(method, done));
  await post("HeapProfiler.startSampling");
  await expect(taken.run(0.01)).rejects.toThrow("the application samples allocations itself");
  await post("HeapProfiler.stopSampling");
  expect(await taken.run(0.01)).toEqual(expect.any(Array));
});

test("a session of the application that begins a profile of processor time or allocations is noticed, others are not", async () => {
  const calls: boolean[] = [];
  onTestFinished(onForeignProfiler((isOfHeap) => void calls.push(isOfHeap)));
  const ofPromises = new PromisesSession();
  ofPromises.connect();
  onTestFinished(() => ofPromises.disconnect());
  for (const session of [connectedSession(), ofPromises]) {
    for (const method of [
      "HeapProfiler.collectGarbage",
      "Profiler.enable",
      "HeapProfiler.startSampling",
      "HeapProfiler.stopSampling",
    ])
      await session.post(method);
    expect(calls.splice(0)).toEqual([false, true]);
  }
});
