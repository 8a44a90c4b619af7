// The log of `nvidia-smi -q -x`: XML with one element a line. Read line by line, since lists such as that of supported
// clocks are long.
import type { Direction, InstanceReading, ProcessReading } from "./gpu-reading.ts";
import { amountFrom, textFrom } from "./nvidia-query.ts";

const KIB = 1024;
const MIB = 2 ** 20;
const MAX_DEPTH = 8;
const MAX_LISTED = 100;
const ELEMENT = /^\s*<(\/?)(\w+)(?:\s[^>]*)?>(?:([^<]*)<\/\2>)?$/;
const ENTITIES: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };

/** Figures of a GPU that rows of `--query-gpu` lack. */
export interface NvidiaDetails {
  readonly id: string;
  readonly pcieBytesPerSecond: Readonly<Record<Direction, number | undefined>>;
  readonly processes: readonly ProcessReading[];
  readonly instances: readonly InstanceReading[];
}

type Leaves = Map<string, string>;

/** Reads logs, one after the other. */
export class NvidiaLog {
  readonly #onGpu: (details: NvidiaDetails) => void;
  // Names of the open elements below the GPU's; `undefined` outside of one.
  #path: string[] | undefined;
  #gpu: Leaves = new Map();
  #processes: Leaves[] = [];
  #instances: Leaves[] = [];

  constructor(onGpu: (details: NvidiaDetails) => void) {
    this.#onGpu = onGpu;
  }

  /** Reads the next line. Lines of another form have no effect. */
  push(line: string): void {
    const [, slash, name, text] = ELEMENT.exec(line) ?? [];
    if (name === undefined) return;
    if (text !== undefined) this.#leaf(name, text.trim());
    else if (slash === "/") this.#close(name);
    else this.#open(name);
  }

  #open(name: string): void {
    if (name === "gpu") {
      this.#path = [];
      this.#gpu = new Map();
      this.#processes = [];
      this.#instances = [];
    } else if (this.#path !== undefined) {
      this.#path.push(name);
      if (this.#path.length > MAX_DEPTH) this.#path = undefined;
      if (name === "process_info" && this.#processes.length < MAX_LISTED) this.#processes.push(new Map());
      if (name === "mig_device" && this.#instances.length < MAX_LISTED) this.#instances.push(new Map());
    }
  }

  #close(name: string): void {
    if (this.#path === undefined) return;
    if (name === "gpu" && this.#path.length === 0) this.#end();
    // A log that was cut off.
    else if (this.#path.pop() !== name) this.#path = undefined;
  }

  #leaf(name: string, text: string): void {
    const [area, item, ...inner] = this.#path ?? ["", ""];
    if (area === undefined) this.#gpu.set(name, text);
    else if (area === "pci" && item === undefined) this.#gpu.set(`pci.${name}`, text);
    else if (item === "process_info") this.#processes.at(-1)?.set(name, text);
    else if (item === "mig_device") this.#instances.at(-1)?.set([...inner, name].join("."), text);
  }

  #end(): void {
    this.#path = undefined;
    const id = this.#gpu.get("uuid");
    if (id === undefined) return;
    this.#onGpu({
      id,
      pcieBytesPerSecond: {
        receive: bytesFrom(this.#gpu.get("pci.rx_util"), KIB),
        transmit: bytesFrom(this.#gpu.get("pci.tx_util"), KIB),
      },
      processes: processesFrom(this.#processes),
      instances: this.#instances.map((instance) => instanceFrom(id, instance)),
    });
  }
}

// A process in several instances of a GPU is listed for each.
function processesFrom(listed: readonly Leaves[]): ProcessReading[] {
  const processes = new Map<number, ProcessReading>();
  for (const leaves of listed) {
    const pid = amountFrom(leaves.get("pid"));
    const bytes = bytesFrom(leaves.get("used_memory"), MIB);
    if (pid === undefined || bytes === undefined) continue;
    const usedBytes = bytes + (processes.get(pid)?.usedBytes ?? 0);
    processes.set(pid, { pid, program: programFrom(leaves.get("process_name") ?? ""), usedBytes });
  }
  return [...processes.values()];
}

/** Returns the file name of a program. Some drivers add its arguments, which may contain secrets. */
function programFrom(escaped: string): string {
  const command = escaped.replaceAll(/&(\w+);/g, (entity, name: string) => ENTITIES[name] ?? entity);
  const path = /^[a-z]:\\.*?\.exe|^\S+/i.exec(command)?.[0] ?? "";
  return textFrom(path.split(/[\\/]/).at(-1)) ?? "unknown";
}

// Logs rarely have the UUID of an instance. This is its older name, which CUDA_VISIBLE_DEVICES takes too.
function instanceFrom(gpu: string, leaves: Leaves): InstanceReading {
  const id = `MIG-${gpu}/${leaves.get("gpu_instance_id")}/${leaves.get("compute_instance_id")}`;
  return {
    id: textFrom(leaves.get("uuid")) ?? id,
    usedBytes: bytesFrom(leaves.get("fb_memory_usage.used"), MIB),
    totalBytes: bytesFrom(leaves.get("fb_memory_usage.total"), MIB),
  };
}

function bytesFrom(text: string | undefined, unit: number): number | undefined {
  const amount = amountFrom(text);
  return amount === undefined ? undefined : amount * unit;
}
