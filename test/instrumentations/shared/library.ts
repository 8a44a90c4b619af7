/** A library as npm installs it, for hooks to look for. */
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { onTestFinished } from "vitest";

/** What the library exports: a channel that remembers what was sent by it. */
export interface ChannelLibrary {
  readonly Channel: new () => { send(text: string): string; close(): void };
}

const channel = `exports.Channel = class Channel {
  send(text) { return "sent " + text; }
  close() {}
};`;

/**
 * Installs package `courier` into a folder of its own, until the test has finished: its entry loads `lib/channel.js`,
 * and `lib/other.js` when it is asked for. Gives what an application there would load with.
 */
export function install(version: string, files: Readonly<Record<string, string>> = {}): NodeJS.Require {
  const home = realpathSync(mkdtempSync(join(tmpdir(), "tachymeter-library-")));
  const require = createRequire(join(home, "app.cjs"));
  onTestFinished(() => {
    rmSync(home, { recursive: true });
    // Hooks look there for what was loaded before them.
    for (const file of Object.keys(require.cache)) if (file.startsWith(home)) delete require.cache[file];
  });
  const all = {
    "package.json": JSON.stringify({ name: "courier", version, main: "index.js" }),
    "index.js": `exports.Channel = require("./lib/channel.js").Channel;`,
    "lib/channel.js": channel,
    "lib/other.js": channel,
    ...files,
  };
  for (const [name, text] of Object.entries(all)) {
    const file = join(home, "node_modules/courier", name);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
  return require;
}
