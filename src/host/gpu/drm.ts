// GPUs of AMD and Intel on Linux, by the files of their drivers in `/sys/class/drm`.
import { readFileSync } from "node:fs";
import { withTimeout } from "../../io/timeout.ts";
import { amdReading, pcieOfAmd } from "./amd.ts";
import { type CardFiles, filesOf, namesIn } from "./card-files.ts";
import type { Direction, GpuIdentity, GpuReading } from "./gpu-reading.ts";
import { IntelCard } from "./intel.ts";

// A driver that resets its GPU may answer late or never.
const MAX_WAIT_MILLIS = 500;
const PCIE_INTERVAL_MILLIS = 15_000;
const VENDORS: Readonly<Record<string, "AMD" | "Intel">> = { "0x1002": "AMD", "0x8086": "Intel" };

/** Returns the cards of AMD and Intel in `/sys/class/drm`. */
export function drmCards(folder: string): DrmCard[] {
  return namesIn(folder)
    .filter((name) => /^card\d+$/.test(name))
    .flatMap((name) => {
      const identity = identityOf(`${folder}/${name}`, name);
      return identity === undefined ? [] : [new DrmCard(`${folder}/${name}`, identity)];
    });
}

/** A card. A reading that hangs is not started a second time. */
export class DrmCard {
  // Reads of all cards run one after the other: the driver holds a thread of the pool, of four by default, for a second.
  static #pcieReadings: Promise<void> = Promise.resolve();

  readonly #files: CardFiles;
  readonly #identity: GpuIdentity;
  readonly #intel: IntelCard | undefined;
  #reading: Promise<GpuReading | undefined> | undefined;
  #pcie: Record<Direction, number> | undefined;
  #pcieDueMillis = 0;
  // The latest reading has timed out.
  #isLate = false;

  constructor(folder: string, identity: GpuIdentity) {
    this.#files = filesOf(folder);
    this.#identity = identity;
    if (identity.vendor === "Intel") this.#intel = new IntelCard(this.#files);
  }

  /** Returns the figures; `undefined` if the card sleeps or its driver does not answer within half a second. */
  async read(): Promise<GpuReading | undefined> {
    this.#reading ??= this.#read().finally(() => (this.#reading = undefined));
    return withTimeout(this.#reading, MAX_WAIT_MILLIS, () => {
      this.#isLate = true;
      return undefined;
    });
  }

  async #read(): Promise<GpuReading | undefined> {
    this.#isLate = false;
    // Reading its figures would wake it up.
    if ((await this.#files.text("device/power/runtime_status")) === "suspended") return undefined;
    if (this.#intel !== undefined) return { ...this.#identity, ...(await this.#intel.read()) };
    const reading = await amdReading(this.#files);
    this.#readPcieLater();
    return { ...this.#identity, ...reading, pcieBytesPerSecond: this.#pcie };
  }

  // The result is used by the next reading.
  #readPcieLater(): void {
    if (this.#isLate || performance.now() < this.#pcieDueMillis) return;
    this.#pcieDueMillis = Infinity;
    DrmCard.#pcieReadings = DrmCard.#pcieReadings.then(async () => {
      if (!this.#isLate) this.#pcie = await pcieOfAmd(this.#files);
      this.#pcieDueMillis = performance.now() + PCIE_INTERVAL_MILLIS;
    });
  }
}

function identityOf(folder: string, name: string): GpuIdentity | undefined {
  const text = (path: string): string => {
    try {
      return readFileSync(`${folder}/device/${path}`, "utf8").trim();
    } catch {
      return "";
    }
  };
  const vendor = VENDORS[text("vendor")];
  const uevent = text("uevent");
  const id = /^PCI_SLOT_NAME=(\S+)$/m.exec(uevent)?.[1];
  if (vendor === undefined || id === undefined) return undefined;
  const device = /^PCI_ID=(\S+)$/m.exec(uevent)?.[1];
  return { id, vendor, name, model: text("product_name") || (device && `PCI ${device}`) };
}
