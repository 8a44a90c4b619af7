/** Unmodified applications, each run in its own process under `tachymeter/register`, and their scrapes. */
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, expect, onTestFinished, vi } from "vitest";
import { bundle } from "../kit/bundle.ts";
import { application, packedProject } from "../kit/packed-project.ts";
import { freePort, runNode, scrape } from "../kit/process.ts";
import { isLong } from "../kit/test-length.ts";

type Start = readonly [application: string, flag: "--import" | "--require", program: string];

/** Every combination of application and flag that starts Tachymeter. */
export const everyStart: readonly Start[] = [
  ["an ES module", "--import", "app.mjs"],
  ["a CommonJS application", "--require", "app.cjs"],
  ["an ES module", "--require", "app.mjs"],
  ["a CommonJS application", "--import", "app.cjs"],
];

/** An ES module that loads a CommonJS library; in the long form, every combination. Packs the project before the tests. */
export function starts(): readonly Start[] {
  beforeAll(packedProject);
  return isLong ? everyStart : everyStart.slice(0, 1);
}

/**
 * Both ways to load a library, by its own flag; in the long form, every combination. The files that are loaded differ if
 * a package is an ES module or has one, and for modules of Node.js. Packs the project before the tests.
 */
export function bothLoaders(): readonly Start[] {
  beforeAll(packedProject);
  return isLong ? everyStart : everyStart.slice(0, 2);
}

/** An application to run. */
export interface InstrumentedApplication {
  /** The folder with its files: every `.cjs` and `.mjs` file there is copied beside the program. */
  readonly folder: string;
  /**
   * The file that is run. It prints `done` when it has finished its work, and exits when its standard input closes.
   */
  readonly program: string;
  /** The flag that loads Tachymeter. */
  readonly flag: "--import" | "--require";
  /** Whether it runs in a worker thread of a program that does nothing else. @defaultValue false */
  readonly isInThread?: boolean;
  readonly env?: Readonly<Record<string, string>>;
  /** Name of a metric whose samples may come only with a later scrape. */
  readonly awaited?: string;
  /** The bundler that makes one file of it. */
  readonly bundler?: string | undefined;
}

// Runs the program that it gets as argument in a worker thread.
const THREAD_OF = `
  import { Worker } from "node:worker_threads";
  const program = new URL(process.argv[2], import.meta.url);
  process.stdin.pipe(new Worker(program, { stdin: true }).stdin);
`;

// The bundler of all applications in a run of `npm run test:matrix -- bundlers`.
const BUNDLER = process.env["TEST_BUNDLER"];

// Packages that are optional or binary, which users make external.
const EXTERNAL = [
  "tachymeter",
  "@nestjs/microservices",
  "@nestjs/websockets",
  "@node-rs/xxhash",
  "better-sqlite3",
  "class-transformer",
  "class-validator",
  "pg-native",
];

// Bundles a program with our plugin, minified to CommonJS. No library can be found in the folder of the bundle.
async function bundled(name: string, cwd: string, program: string): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), "tachymeter-bundle-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  // The files of its worker threads and child processes.
  cpSync(cwd, folder, { recursive: true });
  const file = join(folder, program.replace(/(?=\.[cm]js$)/, "-bundle"));
  await bundle(name, join(cwd, program), file, {
    external: EXTERNAL,
    isInstrumented: true,
    isMinified: program.endsWith(".cjs"),
  });
  return file;
}

/** Runs an application until it is done, and returns its scrape: the first one that has the awaited metric. */
export async function scrapeOf(started: InstrumentedApplication): Promise<string> {
  const { folder, program, flag, isInThread = false, env, awaited, bundler = BUNDLER } = started;
  const names = readdirSync(folder).filter((name) => /\.[cm]js$/.test(name));
  const cwd = await application(
    {
      ...Object.fromEntries(names.map((name) => [name, readFileSync(join(folder, name), "utf8")])),
      "thread-of.mjs": THREAD_OF,
    },
    { libraries: true },
  );
  const port = await freePort();
  const file = bundler === undefined ? program : await bundled(bundler, cwd, program);
  const child = runNode({
    cwd,
    args: [flag, "tachymeter/register", ...(isInThread ? ["thread-of.mjs"] : []), file],
    env: { OTEL_EXPORTER_PROMETHEUS_PORT: `${port}`, ...env },
    openInput: true,
  });
  await child.waitForOutput(/done/);
  await child.waitForOutput(/Prometheus endpoint/);
  return vi.waitUntil(async () => {
    const text = await scrape(`http://127.0.0.1:${port}/metrics`);
    return awaited === undefined || samples(text, awaited).length > 0 ? text : undefined;
  });
}

/** The samples of a metric without their scope labels. */
export function samples(text: string, name: string): readonly string[] {
  return text
    .split("\n")
    .filter((line) => line.startsWith(`${name}{`))
    .map((line) => line.replaceAll(/,?otel_scope_[a-z]+="[^"]*"/g, "").replace("{,", "{"));
}

/** Expects five messages with these labels to be sent, received and processed, and none with others. */
export function expectFiveMessages(text: string, labels: string): void {
  for (const name of [
    "messages_sent_total",
    "messages_received_total",
    "message_processing_duration_seconds_count",
  ]) {
    expect(samples(text, name)).toEqual([`${name}{${labels}} 5`]);
  }
}
