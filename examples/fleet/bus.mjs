// A node's connection to the others: JSON over MQTT, with one or more handlers for each topic.
import mqtt from "mqtt";

export async function connect(brokerUrl, node) {
  const client = mqtt.connect(brokerUrl, { clientId: node, reconnectPeriod: 250 });
  await connected(client);
  const handlers = new Map();
  client.on("message", (topic, payload) => {
    for (const handle of handlers.get(topic) ?? []) handle(JSON.parse(payload.toString()));
  });

  return {
    node,
    async on(topic, handle) {
      handlers.set(topic, [...(handlers.get(topic) ?? []), handle]);
      await client.subscribeAsync(topic, { qos: 1 });
    },
    /**
     * The default quality of service is 1, since jobs and results must arrive. `retain` keeps the message for late
     * subscribers.
     */
    send(topic, message, { qos = 1, retain = false } = {}) {
      client.publish(topic, JSON.stringify(message), { qos, retain });
    },
    // Forced: otherwise it would wait for a broker that is gone.
    close: () => client.endAsync(true),
  };
}

// The broker may be started later: until then, each attempt fails.
async function connected(client) {
  const ignore = () => {};
  client.on("error", ignore);
  await new Promise((resolve) => client.once("connect", resolve));
  client.off("error", ignore);
}
