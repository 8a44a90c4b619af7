// The folder of profiles.
import { existsSync, mkdirSync, readdirSync, readFileSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { keepProfile } from "../../src/profiles/profile-files.ts";
import { newFolder } from "../kit/new-folder.ts";

const NOW = Date.UTC(2026, 10, 29);
const DAY = 86_400_000;

test("a profile is kept as it is, in a folder that is made for it", () => {
  const folder = join(newFolder("profiles"), "made");
  keepProfile(folder, { nodes: [] }, { unixMillis: NOW, maxBytes: 100 });
  const file = `tachymeter-2026-11-29T00-00-00.000Z-${process.pid}.cpuprofile`;
  expect(readdirSync(folder)).toEqual([file]);
  expect(readFileSync(join(folder, file), "utf8")).toBe('{"nodes":[]}');
});

test("the oldest profiles are removed beyond the size, and none larger than it is written", () => {
  const folder = newFolder("profiles");
  for (let i = 0; i < 5; i++)
    keepProfile(folder, { text: "x".repeat(300) }, { unixMillis: NOW + i, maxBytes: 1_000 });
  keepProfile(folder, { text: "x".repeat(2_000) }, { unixMillis: NOW + 9, maxBytes: 1_000 });
  expect(readdirSync(folder).map((name) => name.slice(0, 35))).toEqual(
    [2, 3, 4].map((i) => `tachymeter-2026-11-29T00-00-00.00${i}Z`),
  );
});

test("profiles older than a week are removed, and files of others stay", () => {
  const folder = newFolder("profiles");
  const old = join(folder, "tachymeter-2026-01-01T00-00-00.000Z-1.cpuprofile");
  const others = ["mine.cpuprofile", "tachymeter.txt"];
  for (const file of [old, ...others.map((name) => join(folder, name))]) {
    writeFileSync(file, "");
    utimesSync(file, new Date(NOW - 8 * DAY), new Date(NOW - 8 * DAY));
  }
  keepProfile(folder, {}, { unixMillis: NOW, maxBytes: 1_000 });
  expect(existsSync(old)).toBe(false);
  expect(readdirSync(folder)).toEqual(expect.arrayContaining(others));
});

test("a folder that cannot be made is an error", () => {
  const folder = newFolder("profiles");
  writeFileSync(join(folder, "file"), "");
  mkdirSync(join(folder, "other"));
  expect(() => keepProfile(join(folder, "file", "x"), {}, { unixMillis: NOW, maxBytes: 10 })).toThrow(/file/);
});
