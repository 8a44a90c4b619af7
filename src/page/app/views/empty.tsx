// Pages without data, and pages that wait for it.
import type { ComponentChildren, JSX } from "preact";

/** A page without data: the reason, and the next step. */
export function Empty(props: { readonly title: string; readonly children?: ComponentChildren }): JSX.Element {
  return (
    <div class="empty">
      <h2>{props.title}</h2>
      <div>{props.children}</div>
    </div>
  );
}

/** Grey boxes of the size of charts, until the data arrives. */
export function Skeleton({
  size,
  count,
}: {
  readonly size: "tile" | "panel" | "row";
  readonly count: number;
}): JSX.Element {
  return (
    <div
      class={size === "row" ? "rows" : `grid ${size}s`}
      style={{ "--columns": 5 }}
      aria-busy="true"
      aria-label="Loading"
    >
      {Array.from({ length: count }, (_, i) => (
        <div key={i} class={`skeleton ${size}`} />
      ))}
    </div>
  );
}
