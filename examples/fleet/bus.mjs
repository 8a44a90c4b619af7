// One node's line to the others: JSON over MQTT, one handler or more a topic.
import mqtt from "mqtt";

export async function connect(brokerUrl, node) {
  const client = await mqtt.connectAsync(brokerUrl, { clientId: node, reconnectPeriod: 250 }, false);
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
    /** Jobs and results must arrive: quality of service 1, unless told otherwise. `retain` keeps it for late joiners. */
    send(topic, message, { qos = 1, retain = false } = {}) {
      client.publish(topic, JSON.stringify(message), { qos, retain });
    },
    // At once: a broker that is gone would be waited for.
    close: () => client.endAsync(true),
  };
}
