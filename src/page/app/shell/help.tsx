// The list of keys.
import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { focusContent, isHelpShown, PAGE_KEYS } from "./keys.ts";

const KEYS: readonly (readonly [keys: string, meaning: string])[] = [
  ["/", "Search instruments"],
  ["?", "This list"],
  ["← →", "Move the cursor of the focused chart"],
  ["PgUp PgDn", "Move it by ten steps"],
  ["Esc", "Leave a field, or a zoom"],
  ...Object.entries(PAGE_KEYS).map(([key, [, title]]) => [`g ${key}`, title] as const),
];

/** The dialog with all keys. */
export function Help(): JSX.Element {
  const dialog = useRef<HTMLDialogElement>(null);
  const isShown = isHelpShown.value;
  useEffect(() => {
    if (isShown) dialog.current?.showModal();
    else dialog.current?.close();
  }, [isShown]);
  const close = (): void => {
    isHelpShown.value = false;
    // Nothing had the focus before: it is still within the dialog.
    const focused = document.activeElement;
    if (focused === document.body || dialog.current?.contains(focused) === true) focusContent();
  };
  return (
    <dialog ref={dialog} class="help-dialog" aria-labelledby="help-title" onClose={close}>
      <h2 id="help-title">Keys</h2>
      <dl>
        {KEYS.map(([keys, meaning]) => (
          <div key={keys}>
            <dt>
              {keys.split(" ").map((key) => (
                <kbd key={key}>{key}</kbd>
              ))}
            </dt>
            <dd>{meaning}</dd>
          </div>
        ))}
      </dl>
      <p class="muted">Drag over a chart to zoom; a double click resets.</p>
      <button type="button" onClick={close}>
        Close
      </button>
    </dialog>
  );
}
