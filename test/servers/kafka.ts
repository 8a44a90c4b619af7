/**
 * A Kafka cluster of one broker, mocked by librdkafka: it uses Kafka's protocol over TCP and keeps everything in
 * memory.
 */
import { type RunningProcess, runNode } from "../kit/process.ts";
import { serverFolder, unprivileged } from "./start-server.ts";

const MAX_BYTES = 200_000_000;

/** A running cluster. It is killed when the test (or file) that started it ends. */
export interface Kafka {
  /** Address as `host:port`, different after each start. */
  readonly broker: string;
  /** Kills it with SIGKILL, as an outage would, and waits until it has exited. All messages are lost. */
  kill(): Promise<void>;
  /** Starts an empty one after it was killed. */
  startAgain(): Promise<void>;
}

/**
 * Serves an empty Kafka on loopback until the test, or its file, ends. A topic is created at its first use, with 4
 * partitions.
 */
export async function startKafka(lifetime: "test" | "file" = "test"): Promise<Kafka> {
  const folder = serverFolder("kafka", lifetime);
  let { broker, process } = await started(folder, lifetime);
  return {
    get broker() {
      return broker;
    },
    async kill() {
      process.kill("SIGKILL");
      await process.exit;
    },
    async startAgain() {
      ({ broker, process } = await started(folder, lifetime));
    },
  };
}

async function started(
  folder: string,
  lifetime: "test" | "file",
): Promise<{ readonly broker: string; readonly process: RunningProcess }> {
  // Its own producer needs the address of some broker, and a topic; it runs as long as its input is open.
  const words = "-P -t warm-up -b 127.0.0.1:1 -X test.mock.num.brokers=1 -X debug=mock".split(" ");
  words.push("-X", `receive.message.max.bytes=${MAX_BYTES}`, "-X", `message.max.bytes=${MAX_BYTES}`);
  const process = runNode({
    ...unprivileged("kcat", words),
    cwd: folder,
    env: { HOME: folder },
    lifetime,
    openInput: true,
  });
  const [, broker = ""] = await process.waitForOutput(/bootstrap\.servers=(\S+)/);
  return { broker, process };
}
