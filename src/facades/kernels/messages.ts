import type { KernelRecord } from "./record.ts";

/** Records messages of one kernel. It keeps the kernel's record, which saves the search for it at each message. */
export class KernelMessages {
  readonly #find: () => KernelRecord | undefined;
  readonly #hasProvider: () => boolean;
  #record: KernelRecord | undefined;

  /** @param hasProvider whether records are those of a provider. Until then, each search looks for one. */
  constructor(find: () => KernelRecord | undefined, hasProvider: () => boolean) {
    this.#find = find;
    this.#hasProvider = hasProvider;
  }

  /** As `Kernels.recordReceive`. */
  receive(): void {
    this.#current()?.receive();
  }

  /** As `Kernels.recordSend`. */
  send(): void {
    this.#current()?.send();
  }

  #current(): KernelRecord | undefined {
    const known = this.#record;
    if (known !== undefined && known.isCurrent && !known.forgotten) return known;
    const found = this.#find();
    this.#record = this.#hasProvider() ? found : undefined;
    return found;
  }
}
