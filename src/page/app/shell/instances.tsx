// The list of other instances, in the bar at the top.
import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { shownText } from "../../../diagnostics/foreign-text.ts";
import type { Peer } from "../../protocol.ts";
import { instanceLink, peer, peers } from "../state/peers.ts";

/** A list of links, since some lead to another server. It closes like a menu. */
export function Instances(): JSX.Element | null {
  const list = useRef<HTMLDetailsElement>(null);
  useEffect(() => {
    const closeIfOutside = ({ target }: Event): void => {
      if (target instanceof Node && list.current?.contains(target) === false) list.current.open = false;
    };
    const events = ["pointerdown", "focusin"] as const;
    for (const each of events) document.addEventListener(each, closeIfOutside);
    return () => {
      for (const each of events) document.removeEventListener(each, closeIfOutside);
    };
  }, []);
  if (peers.value.length === 0) return null;
  const close = (): void => {
    if (list.current !== null) list.current.open = false;
  };
  const shown = peer.value === "" ? undefined : peers.value[Number(peer.value)];
  return (
    <details
      class="instances"
      ref={list}
      onKeyDown={(event) => {
        if (event.key !== "Escape" || !event.currentTarget.open) return;
        close();
        event.currentTarget.querySelector("summary")?.focus();
        event.preventDefault();
      }}
    >
      <summary title="Other instances">{shown === undefined ? "This instance" : peerText(shown)}</summary>
      <ul onClick={close}>
        <li>
          <a href={instanceLink()} aria-current={peer.value === "" ? "true" : undefined}>
            This instance
          </a>
        </li>
        {peers.value.map((each, i) => (
          <li key={each.url}>
            <a href={instanceLink(i)} aria-current={peer.value === String(i) ? "true" : undefined}>
              {peerText(each)}
            </a>
          </li>
        ))}
      </ul>
    </details>
  );
}

// The worst comes first, since a closed list shows its begin alone.
function peerText({ url, problem, service, health = "", firing = 0 }: Peer): string {
  const state =
    problem !== undefined
      ? "not reached"
      : firing > 0
        ? `${firing} firing`
        : health === "" || health === "healthy"
          ? "well"
          : health;
  const { host } = new URL(url);
  return shownText(`${state}: ${service === undefined || service === "" ? host : `${service}, ${host}`}`);
}
