// A webhook that gets the alerts of the coordinator, as a team's chat would.
import { createServer } from "node:http";
import { once } from "node:events";
import { text } from "node:stream/consumers";

/** Starts the webhook; `onAlert` is called with each alert. Returns its URL and a function that ends it. */
export async function startWebhook(onAlert) {
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      for (const alert of JSON.parse(body).alerts) onAlert(alert);
      response.end();
    });
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    end: () => server.close(),
  };
}
