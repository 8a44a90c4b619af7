// Processes of a group that are killed at each step of what they write.
import { join } from "node:path";
import { expect, test } from "vitest";
import { newFolder } from "../../kit/new-folder.ts";
import { isLong } from "../../kit/test-length.ts";
import { program, said } from "./programs.ts";
import { totalIn } from "./totals.ts";

// Each process that runs is one more listener.
process.setMaxListeners(0);

// Joins, takes over, folds the process before it, and counts 10.
const life = `
const calls = killAtCall(Number(process.env.KILL_AT));
const { group, own, total, aggregating } = joined();
setTimeout(() => {}, 60_000);
await aggregating;
`;

test("a process that is killed before any call of the file system loses nothing and counts nothing twice", async () => {
  // Every call in the long form, otherwise one of ten, from another one on each day.
  const lanes = isLong ? 1 : 10;
  await Promise.all(
    [0, 1].map(async (half) => {
      const directory = newFolder("group");
      const folder = join(directory, "shop", "v1");
      let before = 0;
      let calls = 0;
      let hasEnded = false;
      const first = Math.floor(Date.now() / 86_400_000) % lanes;
      for (let at = 1 + half + 2 * first; !hasEnded; at += 2 * lanes) {
        const text = `${life}
          await total();
          own.add(10);
          group.write(own);
          say("wrote");
          await total();
          say("ended " + calls());
          process.exit();`;
        const child = await program(text, { directory, env: { KILL_AT: String(at) } });
        hasEnded = (await child.exit).code === 0;
        const now = totalIn(folder);
        const least = before + (/^wrote$/m.test(child.stdout) ? 10 : 0);
        expect([least, before + 10], `killed at ${at}\n${child.stdout}${child.stderr}`).toContain(now);
        before = now;
        calls = Number(said(child, "ended")[0]);
      }
      expect(calls).toBeGreaterThan(50);
      const last = await program(
        `const { total, aggregating } = joined(); setTimeout(() => {}, 60_000); await aggregating; say("total " + (await total()).total); process.exit();`,
        {
          directory,
        },
      );
      expect((await last.exit).code).toBe(0);
      expect(said(last, "total")).toEqual([String(before)]);
      expect(totalIn(folder)).toBe(before);
    }),
  );
});
