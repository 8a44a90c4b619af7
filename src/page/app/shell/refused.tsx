import type { JSX } from "preact";

/** The page for a client that is not authenticated, or no longer. */
export function Refused(): JSX.Element {
  return (
    <main class="notice">
      <h1>This browser is not signed in</h1>
      <p>The endpoint requires authentication, and the session is missing or has ended.</p>
      <p>
        The application gets a link that works once from <code>telemetry.pageUrl</code>. Open it in this
        browser.
      </p>
      <button type="button" class="primary" onClick={() => location.reload()}>
        Reload
      </button>
    </main>
  );
}
