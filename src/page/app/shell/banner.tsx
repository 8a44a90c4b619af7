// Problems of the connection.
import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { now } from "../state/clock.ts";
import { comparison, comparisonProblem } from "../state/comparison.ts";
import { connection } from "../state/connection.ts";
import { receivedAt, reload, retry, signIn, viewError } from "../state/live.ts";
import { durationText, timeText } from "../text/times.ts";

/** A banner if the connection is lost, or the data of the past or of the comparison cannot be had. */
export function Banner(): JSX.Element | null {
  const state = connection.value;
  if (state.kind === "refused") return <SignIn />;
  if (viewError.value !== "") {
    return (
      <p class="banner" role="alert">
        <span>
          <strong>These times cannot be shown.</strong> {viewError.value}
        </span>
        <button type="button" onClick={reload}>
          Try again
        </button>
      </p>
    );
  }
  if (state.kind !== "lost") return <NoComparison />;
  const wait = Math.max(0, Math.ceil((state.retryAt - now.value) / 1_000));
  return (
    <p class="banner" role="alert">
      <span>
        <strong>The connection is lost.</strong> {ageText()}{" "}
        <span aria-live="off">Next try in {durationText(wait)}.</span>
      </span>
      <button type="button" onClick={retry}>
        Try now
      </button>
    </p>
  );
}

function NoComparison(): JSX.Element | null {
  if (comparisonProblem.value === "") return null;
  return (
    <p class="banner" role="status">
      <span>
        <strong>There is no line of {durationText(comparison.value)} ago.</strong> {comparisonProblem.value}
      </span>
    </p>
  );
}

function SignIn(): JSX.Element {
  const problem = useSignal("");
  const send = async (event: SubmitEvent & { readonly currentTarget: HTMLFormElement }): Promise<void> => {
    event.preventDefault();
    const token = new FormData(event.currentTarget).get("token");
    problem.value = await signIn(typeof token === "string" ? token : "");
  };
  return (
    <form class="banner" aria-label="Sign in" onSubmit={(event) => void send(event)}>
      <span role="alert">
        <strong>This browser is no longer signed in.</strong> {ageText()}
      </span>
      <span>
        <label>
          Token or password <input name="token" type="password" autocomplete="current-password" required />
        </label>{" "}
        <button type="submit">Sign in</button>
      </span>
      <span role="status">{problem.value}</span>
    </form>
  );
}

function ageText(): string {
  return receivedAt.value === 0 ? "" : `The figures are of ${timeText(receivedAt.value / 1_000)}.`;
}
