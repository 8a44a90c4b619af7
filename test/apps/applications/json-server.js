import { routes } from "../routes.js";

export const application = {
  title: "json-server",
  packages: { "json-server": "0.17.4" },
  measured: "routes",
  ready: "/posts",
  files: {
    "db.json": JSON.stringify({
      posts: [{ id: 1, title: "first" }],
      comments: [{ id: 1, postId: 1 }],
      profile: { name: "someone" },
    }),
  },
  command: ({ port }) => [
    "node_modules/json-server/lib/cli/bin.js",
    "db.json",
    "--port",
    `${port}`,
    "--host",
    "127.0.0.1",
  ],
  async drive(request) {
    for (let i = 1; i < 20; i++) {
      await request("GET", `/posts/${i}`);
      await request("GET", `/posts/${i}/comments`);
    }
    for (let i = 0; i < 5; i++) await request("POST", "/posts", { json: { title: `${i}` } });
    await request("GET", "/profile");
    await request("GET", "/");
    await request("DELETE", "/posts/2");
    await request("GET", "/none/1");
  },
  series: {
    ...routes({ "GET /comments": 19, "POST /posts": 5, "GET /profile": 1, "DELETE /posts/:id": 1 }),
  },
};
