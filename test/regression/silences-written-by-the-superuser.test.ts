// Run as root, the command line made the file unreadable for the application.
import { chownSync, statSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { Silences } from "../../src/alerts/delivery/routing/silences.ts";
import { newFolder } from "../kit/new-folder.ts";

test.runIf(process.getuid?.() === 0)("a file that the superuser writes belongs to the folder's owner", () => {
  const directory = newFolder("alerts");
  chownSync(directory, 1_234, 2_345);
  new Silences(() => Date.now(), directory).add('a="b"', { until: "2040-01-01", comment: "c" });
  const { uid, gid, mode } = statSync(join(directory, "silences.json"));
  expect([uid, gid, mode & 0o777]).toEqual([1_234, 2_345, 0o600]);
});
