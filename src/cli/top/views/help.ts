// The keys.
import type { View } from "../page.ts";

const LINES = [
  "o i a e p         overview, instruments, alerts, events, processes; also Tab and Shift+Tab",
  "Up Down, j k      select a line; also Page Up, Page Down, Home, End",
  "Enter, Right      open the selected line: an area, a row of a table, an instrument, a series, …",
  "Esc, Left         back; also Backspace",
  "/                 show the lines with a text; Enter keeps the filter, Esc removes it",
  "s, F6             sort by the next column",
  "r                 reverse the order",
  "+ -               a longer or a shorter range",
  "Space             pause, and go on",
  "Ctrl+L            draw the screen anew",
  "Ctrl+Z            suspend; fg continues",
  "?, F1             this help",
  "q, F10, Ctrl+C    quit",
  "",
  "A graph has the shown range, its highest value at the top. Graphs of bytes begin at the lowest value, others at 0.",
  "Figures are evaluated at the time at the top right: results of the queries in the last line of a series.",
];

/** The view of the keys. */
export const helpView: View = { title: "Help", load: async () => ({ kind: "text", lines: LINES }) };
