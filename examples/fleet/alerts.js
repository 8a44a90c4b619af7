// Alerts of the coordinator, with --alerts: preloaded in place of tachymeter/register, since receivers are options.
import { start } from "tachymeter";

start({
  live: { resolution: 1 },
  alerts: {
    interval: 1,
    monitors: false,
    rules: [
      {
        name: "fleet",
        rules: [
          {
            alert: "NodeLost",
            expr: "coordination_active_nodes < max_over_time(coordination_active_nodes[1m])",
            labels: { severity: "critical" },
            annotations: { summary: "a node is lost, {{ $value }} are left" },
          },
        ],
      },
    ],
    route: { groupWait: 0, groupInterval: 1 },
    receivers: [{ type: "webhook", url: process.env.FLEET_WEBHOOK }],
  },
});
