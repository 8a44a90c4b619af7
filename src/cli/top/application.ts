// The program: views, keys and refreshes.
import { errorMessage } from "../../diagnostics/error-message.ts";
import { drawFrame, type Frame, SCREEN_OF_TAB, TABS, type Trouble } from "./frame.ts";
import { OpenView } from "./list-state.ts";
import type { Moment } from "./moment.ts";
import type { View } from "./page.ts";
import type { Key } from "./terminal/keys.ts";
import { FullScreen } from "./terminal/terminal.ts";
import { Screen } from "./terminal/screen.ts";
import { helpView } from "./views/help.ts";
import type { Watcher } from "./watcher.ts";

// Keys that act on a page; if it is being loaded, they wait for it.
const OF_A_PAGE: ReadonlySet<Key> = new Set(
  "up down j k page-up page-down home end g G enter right s f6 r".split(" "),
);

/** Options of an {@link Application}. */
export interface ApplicationOptions {
  readonly watcher: Watcher;
  readonly view: View;
  /** Time between two refreshes. */
  readonly intervalMillis: number;
  readonly isUnicode: boolean;
}

/** `tachymeter top` in a terminal. */
export class Application {
  readonly #options: ApplicationOptions;
  readonly #terminal: FullScreen;
  #stack: readonly OpenView[];
  #moment: Moment | undefined;
  #trouble: Trouble | undefined;
  #isPaused = false;
  #isFiltering = false;
  #waiting: readonly Key[] = [];
  #load = new AbortController();
  #timer: NodeJS.Timeout | undefined;
  #end: () => void = () => {};

  constructor(options: ApplicationOptions) {
    this.#options = options;
    this.#stack = [new OpenView(options.view)];
    const input = process.stdin.isTTY ? process.stdin : undefined;
    this.#terminal = new FullScreen(input, process.stdout, {
      key: (key) => this.#press(key),
      resize: () => this.#draw(),
      gone: () => this.#end(),
    });
  }

  /** Runs until the user quits. */
  async run(): Promise<void> {
    const ended = new Promise<void>((resolve) => {
      this.#end = resolve;
    });
    this.#terminal.open();
    try {
      this.#draw();
      void this.#refresh();
      await ended;
    } finally {
      this.#load.abort();
      clearTimeout(this.#timer);
      this.#terminal.close();
    }
  }

  get #open(): OpenView {
    return this.#stack.at(-1)!;
  }

  // Refreshes, now and then at each interval. Never rejects.
  async #refresh(): Promise<void> {
    const startedAt = performance.now();
    await this.#loaded((signal) => this.#options.watcher.refresh(signal));
    if (this.#load.signal.aborted) return;
    this.#schedule(startedAt);
  }

  #schedule(startedAt: number): void {
    clearTimeout(this.#timer);
    if (this.#isPaused) return;
    const { intervalMillis } = this.#options;
    // A source that is slower than the interval is not asked all the time.
    const took = performance.now() - startedAt;
    this.#timer = setTimeout(() => void this.#refresh(), Math.max(intervalMillis - took, intervalMillis / 4));
  }

  // Loads the page of the open view, from the last refresh. It ends one that is under way.
  async #reload(): Promise<void> {
    this.#load.abort();
    this.#load = new AbortController();
    const { signal } = this.#load;
    const startedAt = performance.now();
    await this.#loaded((given) => this.#options.watcher.moment(given));
    if (!signal.aborted) this.#schedule(startedAt);
  }

  async #loaded(next: (signal: AbortSignal) => Promise<Moment>): Promise<void> {
    const { signal } = this.#load;
    const open = this.#open;
    const { watched } = this.#options.watcher;
    let moment: Moment | undefined;
    try {
      moment = await next(signal);
      const page = await open.view.load(moment);
      if (signal.aborted) return;
      this.#moment = moment;
      open.page = page;
      this.#pressWaiting();
      this.#trouble = watched.problem === undefined ? undefined : { isLost: false, text: watched.problem };
    } catch (error) {
      if (signal.aborted) return;
      // The figures of the last refresh stay.
      this.#trouble = { isLost: moment === undefined, text: errorMessage(error) };
    }
    this.#draw();
  }

  #draw(): void {
    const { columns, rows } = this.#terminal;
    if (!(columns > 0 && rows > 0)) return;
    const screen = new Screen(columns, rows, this.#options.isUnicode);
    drawFrame(screen, this.#frame);
    this.#terminal.show(screen);
  }

  get #frame(): Frame {
    return {
      watcher: this.#options.watcher,
      moment: this.#moment,
      trouble: this.#trouble,
      isPaused: this.#isPaused,
      isFiltering: this.#isFiltering,
      stack: this.#stack,
    };
  }

  #press(key: Key): void {
    if (key === "ctrl-c" || key === "f10") return this.#end();
    if (key === "ctrl-z") return this.#terminal.suspend();
    if (this.#isFiltering) this.#edit(key);
    else if (this.#open.page === undefined && OF_A_PAGE.has(key)) this.#waiting = [...this.#waiting, key];
    else if (!this.#go(key)) this.#change(key);
    this.#draw();
  }

  // A key may open another view, for which the next ones wait.
  #pressWaiting(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const key of waiting) this.#press(key);
  }

  #edit(key: Key): void {
    const open = this.#open;
    if (key === "enter") this.#isFiltering = false;
    else if (key === "escape") {
      open.filter = "";
      this.#isFiltering = false;
    } else if (key === "backspace") open.filter = open.filter.replace(/.$/su, "");
    else if (/^.$/su.test(key)) open.filter += key;
  }

  // Keys that lead to another view.
  #go(key: Key): boolean {
    const tab = SCREEN_OF_TAB.get(key);
    if (tab !== undefined) this.#show([new OpenView(tab)]);
    else if (key === "tab" || key === "back-tab") this.#showNextTab(key === "tab" ? 1 : -1);
    else if (key === "enter" || key === "right") this.#openSelected();
    else if (key === "?" || key === "f1") this.#show([...this.#stack, new OpenView(helpView)]);
    else if (["escape", "backspace", "left"].includes(key)) this.#back();
    else return false;
    return true;
  }

  #openSelected(): void {
    const view = this.#open.selectedRow?.open?.();
    if (view !== undefined) this.#show([...this.#stack, new OpenView(view)]);
  }

  #back(): void {
    if (this.#open.filter !== "") this.#open.filter = "";
    else if (this.#stack.length > 1) this.#show(this.#stack.slice(0, -1));
  }

  #showNextTab(direction: 1 | -1): void {
    const at = TABS.findIndex(({ view }) => view === this.#stack[0]?.view);
    const next = TABS.at((at + direction) % TABS.length);
    if (next !== undefined) this.#show([new OpenView(next.view)]);
  }

  #show(stack: readonly OpenView[]): void {
    this.#stack = stack;
    this.#waiting = [];
    void this.#reload();
  }

  // Keys that change the view.
  #change(key: Key): void {
    const page = Math.max(this.#terminal.rows - 5, 1);
    switch (key) {
      case "q":
        return this.#end();
      case "up":
      case "k":
        return this.#open.move(-1);
      case "down":
      case "j":
        return this.#open.move(1);
      case "page-up":
        return this.#open.move(-page);
      case "page-down":
        return this.#open.move(page);
      case "home":
      case "g":
        return this.#open.move(-Infinity);
      case "end":
      case "G":
        return this.#open.move(Infinity);
      case "/":
        // A page that is being loaded may be a list.
        this.#isFiltering = (this.#open.page?.kind ?? "list") === "list";
        return undefined;
      case "s":
      case "f6":
        return this.#open.sortByNext();
      case "r":
        return this.#open.reverseOrder();
      case "+":
      case "-":
        this.#options.watcher.changeRange(key === "+" ? 1 : -1);
        return void this.#reload();
      case " ":
        return this.#pause();
      case "ctrl-l":
        return this.#terminal.forget();
      default:
        return undefined;
    }
  }

  #pause(): void {
    this.#isPaused = !this.#isPaused;
    if (this.#isPaused) clearTimeout(this.#timer);
    else void this.#refresh();
  }
}
