// Icons: paths on a grid of 16.
import type { JSX } from "preact";

const PATHS = {
  table: "M2.5 3.5h11v9h-11zM2.5 6.5h11M2.5 9.5h11M6.5 6.5v6",
  explore: "M2.5 12.5 6 8l2.5 2.5 5-6.5M10.5 4h3v3",
  menu: "M2.5 4.5h11M2.5 8h11M2.5 11.5h11",
  light:
    "M8 5a3 3 0 1 0 0 6 3 3 0 0 0 0-6M8 1.5v1M8 13.5v1M1.5 8h1M13.5 8h1M3.4 3.4l.7.7M11.9 11.9l.7.7M3.4 12.6l.7-.7M11.9 4.1l.7-.7",
  dark: "M13.5 9.5A6 6 0 0 1 6.5 2.5a6 6 0 1 0 7 7z",
  system: "M2.5 3.5h11v7h-11zM6 13.5h4M8 10.5v3",
  help: "M6 6a2 2 0 1 1 2.6 1.9c-.4.2-.6.5-.6 1v.4M8 11.6v.3M8 1.5a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13",
  mark: "M2.6 12a6.5 6.5 0 1 1 10.8 0M8 9.5l3-4.2",
};

/** An icon; decoration beside a text or a label. */
export function Icon({ name }: { readonly name: keyof typeof PATHS }): JSX.Element {
  return (
    <svg class="icon-image" viewBox="0 0 16 16" aria-hidden="true" focusable="false">
      <path d={PATHS[name]} />
    </svg>
  );
}
