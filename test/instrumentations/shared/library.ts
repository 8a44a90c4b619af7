/** A library as installed by npm, for instrumentations to find. */
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { onTestFinished } from "vitest";

/** Exports of the library: a channel that remembers sent messages. */
export interface ChannelLibrary {
  readonly Channel: new () => { send(text: string): string; close(): void };
}

const channel = `exports.Channel = class Channel {
  send(text) { return "sent " + text; }
  close() {}
};`;

/**
 * Installs package `courier` into its own folder, until the test has finished. Its entry loads `lib/channel.js`, and
 * on request `lib/other.js`. Returns the `require` of an application there.
 */
export function install(version: string, files: Readonly<Record<string, string>> = {}): NodeJS.Require {
  const home = realpathSync(mkdtempSync(join(tmpdir(), "tachymeter-library-")));
  const require = createRequire(join(home, "app.cjs"));
  onTestFinished(() => {
    rmSync(home, { recursive: true });
    // Instrumentations look there for libraries loaded earlier.
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
