// The pages, at the side.
import { effect, signal } from "@preact/signals";
import type { JSX } from "preact";
import { type Area, AREAS } from "../../panels/panel.ts";
import { status, viewData } from "../state/live.ts";
import { linkTo, route } from "../state/route.ts";
import { alertLevel, worstOf } from "../text/levels.ts";

/** Whether the list is shown on a narrow screen. */
export const isMenuOpen = signal(false);
effect(() => {
  void route.value;
  isMenuOpen.value = false;
});

// Kept while another view loads.
const areas = signal<readonly Area[]>([]);
effect(() => {
  if (viewData.value !== undefined) areas.value = viewData.value.areas;
});

/** The list of pages. */
export function Navigation(): JSX.Element {
  const firing = status.value?.alerts?.filter(
    ({ state, silenceId }) => state === "firing" && silenceId === undefined,
  );
  return (
    <nav id="navigation" aria-label="Pages" class={isMenuOpen.value ? "open" : ""}>
      <ul>
        <Item page="overview">Overview</Item>
        <Item page="alerts" count={firing?.length} level={worstOf(firing?.map(alertLevel) ?? [])}>
          Alerts
        </Item>
        <Item page="events">Events</Item>
        <Item page="instruments">Instruments</Item>
        <Item page="explore">Explore</Item>
        <Item page="processes">Processes</Item>
      </ul>
      {areas.value.length > 0 && (
        <>
          <h2>Areas</h2>
          <ul>
            {areas.value.map((area) => (
              <Item key={area} {...(area === "kernels" ? { page: "kernels" } : { page: "area", name: area })}>
                {AREAS[area]}
              </Item>
            ))}
          </ul>
        </>
      )}
    </nav>
  );
}

function Item(props: {
  readonly page: string;
  readonly name?: string;
  readonly count?: number | undefined;
  readonly level?: string;
  readonly children: string;
}): JSX.Element {
  const { page, name = "", count = 0, level = "", children } = props;
  const isHere = route.value.page === page && route.value.name === name;
  return (
    <li>
      <a href={linkTo(page, name)} aria-current={isHere ? "page" : undefined}>
        {children}
        {count > 0 && <span class={`count ${level}`}>{count}</span>}
      </a>
    </li>
  );
}
