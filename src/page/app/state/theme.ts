// Light or dark: by the system, or by a choice that this browser keeps.
import { computed, effect, signal } from "@preact/signals";

/** The choice: `system` follows the operating system. */
export type Theme = "system" | "light" | "dark";

const KEY = "tachymeter-theme";
const system = matchMedia("(prefers-color-scheme: dark)");
const systemIsDark = signal(system.matches);

export const theme = signal<Theme>(stored());
/** Whether colours are dark now. */
export const isDark = computed(() =>
  theme.value === "system" ? systemIsDark.value : theme.value === "dark",
);

/** Follows the system and the choice. */
export function followTheme(): void {
  system.addEventListener("change", (event) => {
    systemIsDark.value = event.matches;
  });
  effect(() => {
    document.documentElement.dataset["theme"] = isDark.value ? "dark" : "light";
  });
}

/** Chooses the next theme: system, light, dark. */
export function chooseNextTheme(): void {
  theme.value = ({ system: "light", light: "dark", dark: "system" } as const)[theme.value];
  try {
    localStorage.setItem(KEY, theme.value);
  } catch {
    // Without storage the choice lasts as long as the tab.
  }
}

function stored(): Theme {
  try {
    const value = localStorage.getItem(KEY);
    return value === "light" || value === "dark" ? value : "system";
  } catch {
    return "system";
  }
}
