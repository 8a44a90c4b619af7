// The size of the screen.
import { signal } from "@preact/signals";

const query = matchMedia("(min-width: 2000px) and (min-height: 1200px)");

/** Whether there is room for more figures than on other screens. The styles of the overview have the same limits. */
export const isVast = signal(query.matches);

/** Follows the size. */
export function followScreen(): void {
  query.addEventListener("change", ({ matches }) => {
    isVast.value = matches;
  });
}
