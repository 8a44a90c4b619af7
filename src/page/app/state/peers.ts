// Other instances: those that the server shows, of which the address names the present one (`?peer=0`), and pages of its
// machine.
import { computed, effect, signal } from "@preact/signals";
import type { Peer } from "../../protocol.ts";
import { linkTo, route } from "./route.ts";

/** All other instances; empty until they are known. */
export const peers = signal<readonly Peer[]>([]);
/** Number of the instance that is shown; empty for that of the server itself. */
export const peer = computed(() => route.value.params.get("peer") ?? "");

const REFRESH_MILLIS = 10_000;

/** The address of the overview of instance `index`, with the present times; that of the server itself without one. */
export function instanceLink(index?: number): string {
  const chosen = index === undefined ? undefined : peers.value[index];
  if (chosen?.isLocal === true) return `${chosen.url}${linkTo("overview", "", { peer: "" })}`;
  return linkTo("overview", "", { peer: chosen === undefined ? "" : String(index) });
}

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
