// Problems of the connection.
import type { JSX } from "preact";
import { now } from "../state/clock.ts";
import { connection, receivedAt, retry, viewError } from "../state/live.ts";
import { durationText, timeText } from "../text/times.ts";

/** A banner if the connection is lost, or the data of the past cannot be had. */
export function Banner(): JSX.Element | null {
  const state = connection.value;
  if (viewError.value !== "") {
    return (
      <p class="banner" role="alert">
        <strong>These times cannot be shown.</strong> {viewError.value}
      </p>
    );
  }
  if (state.kind !== "lost") return null;
  const wait = Math.max(0, Math.ceil((state.retryAt - now.value) / 1_000));
  return (
    <p class="banner" role="alert">
      <span>
        <strong>The connection is lost.</strong>{" "}
        {receivedAt.value === 0 ? "" : `The figures are of ${timeText(receivedAt.value / 1_000)}.`}{" "}
        <span aria-live="off">Next try in {durationText(wait)}.</span>
      </span>
      <button type="button" onClick={retry}>
        Try now
      </button>
    </p>
  );
}
