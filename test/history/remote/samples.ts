// Ten minutes of three metrics, as OpenMetrics with times.

/** Start and end in seconds since the epoch. */
export const BEGIN = 1_790_000_000;
export const END = BEGIN + 600;

/** One point every ten seconds: temperatures of two rooms, goods sold in them, and durations of the sales. */
export function samples(): string {
  const times = Array.from({ length: 61 }, (_, i) => BEGIN + i * 10);
  const rooms = [
    { room: "hall", perPoint: 2 },
    { room: "attic", perPoint: 4 },
  ];
  const lines = (line: (room: string, perPoint: number, i: number) => readonly string[]): string[] =>
    rooms.flatMap(({ room, perPoint }) =>
      times.flatMap((time, i) => line(`room="${room}"`, perPoint, i).map((text) => `${text} ${time}`)),
    );
  return [
    "# TYPE room_temperature_celsius gauge",
    ...lines((room, perPoint, i) => [`room_temperature_celsius{${room}} ${18 + perPoint + (i % 3)}`]),
    "# TYPE goods_sold counter",
    ...lines((room, perPoint, i) => [`goods_sold_total{${room}} ${perPoint * i}`]),
    "# TYPE sale_duration_seconds histogram",
    ...lines((room, perPoint, i) => [
      `sale_duration_seconds_bucket{${room},le="1.0"} ${perPoint * i}`,
      `sale_duration_seconds_bucket{${room},le="2.0"} ${2 * perPoint * i}`,
      `sale_duration_seconds_bucket{${room},le="+Inf"} ${2 * perPoint * i}`,
      `sale_duration_seconds_count{${room}} ${2 * perPoint * i}`,
      `sale_duration_seconds_sum{${room}} ${2 * perPoint * i}`,
    ]),
    "# EOF\n",
  ].join("\n");
}
