// The other instances that the server shows. The address names the present one: `?peer=0`.
import { computed, effect, signal } from "@preact/signals";
import type { Peer } from "../../protocol.ts";
import { route } from "./route.ts";

/** All other instances; empty until they are known. */
export const peers = signal<readonly Peer[]>([]);
/** Number of the instance that is shown; empty for that of the server itself. */
export const peer = computed(() => route.value.params.get("peer") ?? "");

const REFRESH_MILLIS = 10_000;

/** The parameter of requests for data of the present instance, with its `&`. */
export function ofPeer(): string {
  return peer.value === "" ? "" : `&peer=${encodeURIComponent(peer.value)}`;
}

/** Keeps the list up to date while the page is visible, once `hasPeers` says that there are some. */
export function followPeers(hasPeers: () => boolean): void {
  const refresh = async (): Promise<void> => {
    if (document.hidden) return;
    const response = await fetch("page/peers").catch(() => undefined);
    if (response?.ok === true) peers.value = await response.json();
  };
  let timer: ReturnType<typeof setInterval> | undefined;
  effect(() => {
    if (timer !== undefined || !(hasPeers() || peer.value !== "")) return;
    timer = setInterval(() => void refresh(), REFRESH_MILLIS);
    void refresh();
  });
}
