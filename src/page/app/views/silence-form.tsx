// A silence for one alert: labels, duration, comment.
import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useId, useRef } from "preact/hooks";
import { shownText } from "../../../diagnostics/foreign-text.ts";
import type { PageAlert } from "../../protocol.ts";
import { beginSilence } from "../state/silences.ts";

const DURATIONS: readonly (readonly [seconds: number, name: string])[] = [
  [1_800, "30 minutes"],
  [3_600, "1 hour"],
  [4 * 3_600, "4 hours"],
  [86_400, "1 day"],
  [7 * 86_400, "1 week"],
];

/** The form. It stays open if the server refuses. */
export function SilenceForm({
  alert,
  onClose,
}: {
  readonly alert: PageAlert;
  /** Called with whether a silence has begun. */
  readonly onClose: (isSilenced: boolean) => void;
}): JSX.Element {
  const id = useId();
  const comment = useRef<HTMLInputElement>(null);
  // The button that had the focus is gone.
  useEffect(() => comment.current?.focus(), []);
  const problem = useSignal("");
  const isSent = useSignal(false);
  const labels = Object.entries({ alertname: alert.name, ...alert.labels });
  const send = async (event: SubmitEvent & { readonly currentTarget: HTMLFormElement }): Promise<void> => {
    event.preventDefault();
    const data = new FormData(event.currentTarget);
    isSent.value = true;
    problem.value = await beginSilence({
      matchers: labels
        .filter(([name]) => data.has(`label ${name}`))
        .map(([name, value]) => ({ name, value })),
      duration: Number(data.get("duration")),
      comment: textOf(data.get("comment")),
    });
    isSent.value = false;
    if (problem.value === "") onClose(true);
  };
  return (
    <form
      class="silence"
      aria-label={`Silence ${shownText(alert.name)}`}
      onSubmit={(event) => void send(event)}
      onKeyDown={(event) => {
        if (event.key !== "Escape") return;
        event.preventDefault();
        onClose(false);
      }}
    >
      <fieldset>
        <legend>Alerts with these labels</legend>
        {labels.map(([name, value]) => (
          <label key={name}>
            <input
              type="checkbox"
              name={`label ${name}`}
              defaultChecked
              // Without it, the silence could apply to all alerts.
              {...(name === "alertname" && { onClick: (click: Event) => click.preventDefault() })}
            />
            <span class="muted">{shownText(name)}</span> {shownText(value)}
          </label>
        ))}
      </fieldset>
      <label for={`${id}-duration`}>For</label>
      <select id={`${id}-duration`} name="duration">
        {DURATIONS.map(([seconds, name]) => (
          <option key={seconds} value={seconds} selected={seconds === 3_600}>
            {name}
          </option>
        ))}
      </select>
      <label for={`${id}-comment`}>Comment</label>
      <input ref={comment} id={`${id}-comment`} name="comment" required maxLength={500} placeholder="Why" />
      <button type="submit" class="primary" disabled={isSent.value}>
        Silence
      </button>
      <button type="button" onClick={() => onClose(false)}>
        Cancel
      </button>
      <p class="problem" role="status">
        {problem.value}
      </p>
    </form>
  );
}

function textOf(value: FormDataEntryValue | null): string {
  return typeof value === "string" ? value : "";
}
