// The functions that took the time of a profile, from profiles whose samples are known.
import type { Profiler } from "node:inspector";
import { expect, test } from "vitest";
import { hotFunctions } from "../../src/profiles/hot-functions.ts";

// Nodes by their names: "parent > child". A name with "@" has a file.
function profileOf(paths: readonly string[], samples: readonly (readonly [path: number, micros: number])[]) {
  const nodes: Profiler.ProfileNode[] = [nodeOf(0, "(root)")];
  const ids = paths.map((path) => {
    let parent = nodes[0]!;
    for (const name of path.split(" > ")) {
      const known = nodes.find((each) => parent.children?.includes(each.id) && nameOf(each) === name);
      const node = known ?? nodeOf(nodes.length, name);
      if (known === undefined) {
        nodes.push(node);
        parent.children = [...(parent.children ?? []), node.id];
      }
      parent = node;
    }
    return parent.id;
  });
  // A sample counts until the next one.
  const deltas = [0, ...samples.map(([, micros]) => micros)];
  return {
    nodes,
    startTime: 1_000,
    endTime: 1_000 + deltas.reduce((sum, each) => sum + each, 0),
    samples: samples.map(([path]) => ids[path]!),
    timeDeltas: deltas.slice(0, samples.length),
  };
}

function nameOf({ callFrame: { functionName, url } }: Profiler.ProfileNode): string {
  return url === "" ? functionName : `${functionName}@${url}`;
}

function nodeOf(id: number, name: string): Profiler.ProfileNode {
  const [functionName = "", url = ""] = name.split("@");
  const callFrame = { functionName, url, scriptId: url === "" ? "0" : "7", lineNumber: 4, columnNumber: 2 };
  return { id, callFrame };
}

const INTERVAL = 10;
const isOwn = (url: string): boolean => url.startsWith("/node_modules/tachymeter/");
const shown = (profile: Profiler.Profile, options = {}) =>
  hotFunctions(profile, { intervalMicros: INTERVAL, max: 5, isOwn, ...options }).map((each) => [
    each.function,
    each.native,
    each.caller?.function,
    each.share,
  ]);

test("time of Node.js and of native code counts for the function that called it", () => {
  const profile = profileOf(
    ["main@/a.js > hash@/a.js > pbkdf2Sync@node:internal/crypto > run", "main@/a.js"],
    [
      [0, 10],
      [0, 20],
      [1, 10],
    ],
  );
  expect(shown(profile)).toEqual([
    ["hash", "pbkdf2Sync", undefined, 0.75],
    ["main", undefined, undefined, 0.25],
  ]);
});

test("the call that begins the profile takes none of its time, if it is this package's own", () => {
  const profile = profileOf(
    ["next@/node_modules/tachymeter/profiles.js > profile", "work@/a.js"],
    [
      [0, 40],
      [1, 10],
    ],
  );
  expect(shown(profile)).toEqual([
    ["not running", undefined, undefined, 0.8],
    ["work", undefined, undefined, 0.2],
  ]);
});

test("garbage collection and the hooks of promises count for the function around them, idle time for none", () => {
  const profile = profileOf(
    ["fill@/a.js", "(garbage collector)", "(idle)", "(program)", "promiseInitHook@node:internal/async_hooks"],
    [
      [1, 10],
      [0, 10],
      [1, 20],
      [2, 30],
      [4, 10],
      [3, 20],
    ],
  );
  expect(shown(profile)).toEqual([
    ["fill", "garbage collection", undefined, 0.5],
    ["native code", undefined, undefined, 0.2],
  ]);
  expect(shown(profile, { toMicros: 1_010 })).toEqual([["garbage collection", undefined, undefined, 1]]);
});

test("a function of a package has the function of the application that called it", () => {
  const profile = profileOf(
    ["serve@/a.js > clone@/node_modules/lib/i.js > copy@/node_modules/lib/i.js > parse"],
    [[0, 10]],
  );
  expect(shown(profile)).toEqual([["copy", "parse", "serve", 1]]);
});

test("a wrapper of ours counts for the function that calls through it, and other work of ours for itself", () => {
  const wrapper = "anonymous@/node_modules/tachymeter/dist/a.js";
  const profile = profileOf(
    [
      `start@/a.js > ${wrapper} > spawnSync@node:child_process > spawn`,
      "listOnTimeout@node:internal/timers > scrape@/node_modules/tachymeter/dist/b.js > sort",
    ],
    [
      [0, 10],
      [1, 10],
    ],
  );
  expect(shown(profile)).toEqual([
    ["start", "spawnSync", undefined, 0.5],
    ["scrape", undefined, undefined, 0.5],
  ]);
});

test("only the time in question counts", () => {
  const profile = profileOf(
    ["one@/a.js", "two@/a.js"],
    [
      [0, 30],
      [1, 30],
    ],
  );
  expect(shown(profile, { fromMicros: 1_020, toMicros: 1_050 })).toEqual([
    ["two", undefined, undefined, 20 / 30],
    ["one", undefined, undefined, 10 / 30],
  ]);
  expect(shown(profile, { fromMicros: 5_000, toMicros: 6_000 })).toEqual([]);
});

test("a process that gets no processor time is not running, whatever it did before", () => {
  const profile = profileOf(["one@/a.js"], [[0, 1_000]]);
  expect(shown(profile)).toEqual([
    ["not running", undefined, undefined, 0.96],
    ["one", undefined, undefined, 0.04],
  ]);
});
