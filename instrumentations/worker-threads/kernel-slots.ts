// Names for workers that come and go: the script and a number, of which there are no more than workers at one time.

/** A name that is taken until it is freed. */
export interface KernelSlot {
  readonly kernelId: string;
  free(): void;
}

/** Hands out `script#0`, `script#1`, … : the lowest number that no running worker of that script has. */
export class KernelSlots {
  readonly #taken = new Map<string, Set<number>>();

  take(script: string): KernelSlot {
    const taken = this.#taken.get(script) ?? new Set<number>();
    this.#taken.set(script, taken);
    let slot = 0;
    while (taken.has(slot)) slot++;
    taken.add(slot);
    return {
      kernelId: `${script}#${slot}`,
      free: () => {
        taken.delete(slot);
        if (taken.size === 0 && this.#taken.get(script) === taken) this.#taken.delete(script);
      },
    };
  }
}
