// Pages that the server has of its own instance alone.
import type { JSX } from "preact";
import { shownText } from "../../../diagnostics/foreign-text.ts";
import { hashFrom } from "../state/address.ts";
import { peer, peers } from "../state/peers.ts";
import { route } from "../state/route.ts";
import { Empty } from "./empty.tsx";

/** Names the page of the instance itself. */
export function ElsewherePage(): JSX.Element {
  const { page, name, params } = route.value;
  const url = peers.value[Number(peer.value)]?.url ?? "";
  const place = hashFrom(page, name, new Map([...params, ["peer", ""]]));
  return (
    <>
      <h1>Explore</h1>
      <Empty title="Expressions are evaluated on the page of each instance alone">
        {url !== "" && <a href={`${url}/${place}`}>{`Open ${shownText(new URL(url).host)}`}</a>}
      </Empty>
    </>
  );
}
