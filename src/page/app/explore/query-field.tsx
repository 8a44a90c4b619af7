// The field of an expression: completion as one types, and the place of an error.
import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useRef } from "preact/hooks";
import { shownText } from "../../../diagnostics/foreign-text.ts";
import type { ApiProblem } from "./api.ts";
import { type Suggestion, suggestionsAt } from "./catalogue.ts";
import { type CompletionPlace, placeAt, ranked } from "./completion.ts";

interface Properties {
  /** Unique on the page. */
  readonly id: string;
  readonly text: string;
  readonly onChange: (text: string) => void;
  readonly onRun: () => void;
  readonly problem: ApiProblem | undefined;
}

interface Offer {
  readonly place: CompletionPlace;
  readonly items: readonly Suggestion[];
  readonly chosen: number;
}

const MAX_ITEMS = 12;

/** The field. `Enter` runs, `Shift` with `Enter` begins a line, `Tab` or `Enter` takes a completion. */
export function QueryField({ id, text, onChange, onRun, problem }: Properties): JSX.Element {
  const field = useRef<HTMLTextAreaElement>(null);
  const offer = useSignal<Offer | undefined>(undefined);
  const latest = useRef(0);

  const suggest = async (): Promise<void> => {
    const element = field.current;
    const number = ++latest.current;
    if (element === null) return;
    const place = placeAt(element.value, element.selectionStart);
    const all = place === undefined ? [] : await suggestionsAt(place);
    // Another key was pressed meanwhile.
    if (number !== latest.current) return;
    const items = place === undefined ? [] : ranked(all, place.typed, MAX_ITEMS);
    const isComplete = items.length === 1 && items[0]?.text === place?.typed;
    offer.value =
      place === undefined || items.length === 0 || isComplete ? undefined : { place, items, chosen: 0 };
  };

  const take = (item: Suggestion, { from, to }: CompletionPlace): void => {
    const element = field.current;
    if (element === null) return;
    element.setRangeText(item.insert, from, to, "end");
    onChange(element.value);
    offer.value = undefined;
    element.focus();
    void suggest();
  };

  const onKeyDown = (event: KeyboardEvent): void => {
    const open = offer.value;
    const move = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const item = open?.items[open.chosen];
    if (open !== undefined && move !== undefined) {
      const chosen = (open.chosen + move + open.items.length) % open.items.length;
      offer.value = { ...open, chosen };
    } else if (
      open !== undefined &&
      item !== undefined &&
      /^(?:Tab|Enter)$/.test(event.key) &&
      !event.shiftKey
    )
      take(item, open.place);
    else if (open !== undefined && event.key === "Escape") offer.value = undefined;
    else if (event.key === " " && event.ctrlKey) void suggest();
    else if (event.key === "Enter" && !event.shiftKey) onRun();
    else return;
    event.preventDefault();
    event.stopPropagation();
  };

  const open = offer.value;
  return (
    <div class="query">
      <textarea
        ref={field}
        rows={Math.min(8, text.split("\n").length)}
        value={text}
        spellcheck={false}
        autocomplete="off"
        autocapitalize="off"
        placeholder="sum by (http_route) (rate(http_server_request_duration_seconds_count[5m]))"
        aria-label="PromQL expression"
        role="combobox"
        aria-autocomplete="list"
        aria-expanded={open !== undefined}
        aria-controls={`${id}-completions`}
        aria-activedescendant={open === undefined ? undefined : `${id}-completion-${open.chosen}`}
        aria-invalid={problem !== undefined}
        aria-describedby={problem === undefined ? undefined : `${id}-problem`}
        onInput={(event) => {
          onChange(event.currentTarget.value);
          void suggest();
        }}
        onKeyDown={onKeyDown}
        onBlur={() => {
          latest.current++;
          offer.value = undefined;
        }}
      />
      <ul
        id={`${id}-completions`}
        class="completions"
        role="listbox"
        aria-label="Completions"
        hidden={open === undefined}
      >
        {open?.items.map((item, i) => (
          <li
            key={item.text + item.detail}
            id={`${id}-completion-${i}`}
            role="option"
            aria-selected={i === open.chosen}
            onPointerDown={(event) => {
              // The field keeps the focus.
              event.preventDefault();
              take(item, open.place);
            }}
          >
            <code>{shownText(item.text)}</code> <span class="muted">{shownText(item.detail)}</span>
          </li>
        ))}
      </ul>
      {problem !== undefined && <Problem id={`${id}-problem`} text={text} problem={problem} />}
    </div>
  );
}

function Problem(props: {
  readonly id: string;
  readonly text: string;
  readonly problem: ApiProblem;
}): JSX.Element {
  const { id, text, problem } = props;
  const { position, message } = problem;
  const line = position === undefined ? undefined : text.split("\n")[position.line];
  return (
    <div id={id} class="problem" role="alert">
      {position !== undefined && line !== undefined && (
        <pre aria-hidden="true">
          {line}
          {"\n"}
          {" ".repeat(Math.max(0, position.column))}^
        </pre>
      )}
      {shownText(message)}
    </div>
  );
}
