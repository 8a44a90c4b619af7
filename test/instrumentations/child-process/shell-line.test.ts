import fc from "fast-check";
import { expect, test } from "vitest";
import { commandName } from "../../../instrumentations/child-process/command-name.ts";

function named(shellLine: string, file = "/bin/sh"): string {
  return commandName({ file, shellLine, isMissing: false });
}

test.each([
  ["ls -l /tmp", "ls"],
  ["/usr/local/bin/node app.js", "node"],
  ["  \n ls", "ls"],
  ["cat a.txt | grep b", "cat"],
  ["cat<a.txt", "cat"],
  ["make&&make install", "make"],
  ["true;false", "true"],
  ["(cd /tmp && ls)", "cd"],
  ["! grep -q x file", "grep"],
  ["{ date; uptime; }", "date"],
  ["# a comment\ndate", "date"],
  ["./run.sh --token secret", "run.sh"],
  ["LANG=C TOKEN=secret sort", "sort"],
  ["TOKEN='a secret' sort", "sort"],
  ['TOKEN="a \\" secret" sort', "sort"],
  ['TOKEN="$HOME/a secret" sort', "sort"],
  ["TOKEN=a\\ secret sort", "sort"],
  ["TOKEN=$'it\\'s secret' sort", "sort"],
  ["TOKEN=${OTHER:-a secret} sort", "sort"],
  ["paths[0]=secret sort", "sort"],
  ["PATH+=:secret sort", "sort"],
  ["2>/dev/null >out.txt sort", "sort"],
  ["<secret.txt sort", "sort"],
  ["'/opt/my tools/sort' -r", "sort"],
  ['"/opt/my tools/sort" -r', "sort"],
  ["/opt/my\\ tools/sort -r", "sort"],
  ["$HOME/bin/tool secret", "tool"],
  ['"${HOME}/bin/tool" secret', "tool"],
  ["set -euo pipefail;git push", "git"],
  ["set -e\nTOKEN=secret git push", "git"],
  ["set", "set"],
])("the shell line %j is named %j", (line, name) => {
  expect(named(line)).toBe(name);
});

test.each([
  "",
  "TOKEN=secret",
  "$TOOL secret",
  "$(which secret) x",
  "`which secret` x",
  "TOKEN=$(cat secret) sort",
  'TOKEN="$(cat secret)" sort',
  "TOKEN=`cat secret` sort",
  "NAMES=(one secret) sort",
  "MY-TOKEN=secret sort",
  "TOKEN='secret sort",
  'TOKEN="secret sort',
  "> ",
])("if %j hides its command, the shell's own name is used", (line) => {
  expect(named(line, "/bin/bash")).toBe("bash");
});

test.each([
  [String.raw`"C:\Program Files\nodejs\node.exe app.js"`, "Program"],
  [String.raw`""C:\Program Files\nodejs\node.exe" app.js"`, "node.exe"],
  ['"npm run build"', "npm"],
  ['"@npm run build"', "npm"],
  ['"dir&del secret"', "dir"],
  ['"%TOOL% secret"', "cmd.exe"],
  [String.raw`"%ProgramFiles%\tool.exe secret"`, "tool.exe"],
])("the cmd.exe line %s is named %s", (line, name) => {
  expect(named(line, String.raw`C:\Windows\system32\cmd.exe`)).toBe(name);
});

test.each([
  ["pwsh", "$env:TOKEN='a/secret'; git push"],
  ["powershell.exe", "git push"],
  ["fish", "set -x TOKEN secret; git push"],
])("the line of another shell, %s, is named by the shell", (shell, line) => {
  expect(named(line, `/opt/bin/${shell}`)).toBe(shell);
});

test.each([
  ["git", false, "git"],
  ["/usr/bin/git", false, "git"],
  [String.raw`C:\Program Files\Git\git.exe`, false, "git.exe"],
  ["/Applications/Some App/Some App", false, "Some App"],
  ["git clone https://token@host/x", true, "git"],
  ["TOKEN=secret git", true, "git"],
  ["TOKEN=secret", true, "unknown"],
  ["/", false, "unknown"],
  ["", false, "unknown"],
  ["x".repeat(500), true, "x".repeat(100)],
])("the file %j, missing: %s, is named %j", (file, isMissing, name) => {
  expect(commandName({ file, isMissing })).toBe(name);
});

test("no argument and no assigned value is ever part of the name, in any spelling", () => {
  const quotes = [
    (text: string) => text.replace(/[^\w/]/g, (char) => (char === "\n" ? "'\n'" : `\\${char}`)),
    (text: string) => `'${text.replaceAll("'", "'\\''")}'`,
    (text: string) => `"${text.replace(/["\\$`]/g, "\\$&")}"`,
  ];
  const secret = fc
    .tuple(
      fc.string({ unit: "binary-ascii" }),
      fc.string({ unit: "binary-ascii" }),
      fc.constantFrom(...quotes),
    )
    .map(([before, after, quote]) => quote(`${before}SECRET${after}`));
  fc.assert(
    fc.property(secret, secret, fc.boolean(), (value, argument, hasCommand) => {
      const line = `TOKEN=${value} ${hasCommand ? `/bin/tool ${argument}` : ""}`;
      expect(named(line)).toBe(hasCommand ? "tool" : "sh");
    }),
  );
});

test("any text has a name of at most 100 characters", () => {
  fc.assert(
    fc.property(fc.string(), fc.boolean(), (text, isMissing) => {
      for (const file of ["/bin/sh", "cmd.exe"]) {
        const name = commandName({ file, shellLine: text, isMissing });
        expect(name.length).toBeGreaterThan(0);
        expect(name.length).toBeLessThanOrEqual(100);
      }
      expect(commandName({ file: text, isMissing }).length).toBeGreaterThan(0);
    }),
  );
});
