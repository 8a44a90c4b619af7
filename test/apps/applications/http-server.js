export const application = {
  title: "http-server",
  packages: { "http-server": "14.1.1" },
  measured: "requests; it has no routes",
  ready: "/package.json",
  command: ({ port }) => [
    "node_modules/http-server/bin/http-server",
    ".",
    "-p",
    `${port}`,
    "-a",
    "127.0.0.1",
    "-s",
  ],
  async drive(request) {
    for (let i = 1; i < 20; i++) {
      await request("GET", "/package.json");
      await request("GET", `/none${i}`);
    }
    await request("GET", "/package.json", { headers: { range: "bytes=0-3" } });
  },
  series: {
    'http_server_request_duration_seconds_count{http_request_method="GET",http_response_status_code="404"}': 19,
  },
};
