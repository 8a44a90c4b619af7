/** The series of requests by "method route", for the expected figures of an application. */
export function routes(counts) {
  return Object.fromEntries(
    Object.entries(counts).map(([request, count]) => {
      const [method, route] = request.split(" ");
      return [
        `http_server_request_duration_seconds_count{http_request_method="${method}",http_route="${route}"}`,
        count,
      ];
    }),
  );
}
