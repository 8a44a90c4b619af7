// The live page: starts in the browser.
import { render } from "preact";
import { App } from "./shell/app.tsx";
import { followKeys } from "./shell/keys.ts";
import { startClock } from "./state/clock.ts";
import { followComparison } from "./state/comparison.ts";
import { followRoute, status, viewData } from "./state/live.ts";
import { followPeers } from "./state/peers.ts";
import { followAddress, route } from "./state/route.ts";
import { followScreen } from "./state/screen.ts";
import { followTheme } from "./state/theme.ts";

// The server evaluates the overview while this code loads. Data that arrive soon are in the first frame, without a
// skeleton before them.
const MAX_WAIT_MILLIS = 150;

followTheme();
followScreen();
followPeers(() => (status.value?.peers ?? 0) > 0);
followAddress();
followRoute();
followComparison();
followKeys();
startClock();

const root = document.querySelector("#app");
let isRendered = false;

function renderOnce(): void {
  if (root === null || isRendered) return;
  isRendered = true;
  render(<App />, root);
}

if (route.peek().page === "overview") {
  viewData.subscribe((data) => {
    if (data !== undefined) renderOnce();
  });
  setTimeout(renderOnce, MAX_WAIT_MILLIS);
} else renderOnce();
