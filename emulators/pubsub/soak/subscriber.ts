/**
 * One subscriber process of the soak: `subscriber.ts <port>`. Tells on standard output what arrives, before it settles
 * it, and which acknowledgements were confirmed; `tally.ts` reads the lines. Lives until it is killed.
 */
import { writeSync } from 'node:fs';
import { Duration, type Message, PubSub } from '@google-cloud/pubsub';

const NACKS = 0.02;
const client = new PubSub({
  projectId: 'mewayz',
  apiEndpoint: `127.0.0.1:${process.argv[2]}`,
  emulatorMode: true,
});

/** Time on a clock that all processes of the machine share. */
const say = (what: string, subscription: string, { id, orderingKey, data }: Message) =>
  writeSync(1, `${what} ${process.hrtime.bigint()} ${subscription} ${id} ${orderingKey} ${data}\n`);

async function handle(subscription: string, message: Message, confirm: boolean): Promise<void> {
  say('got', subscription, message);
  if (Math.random() < NACKS) message.nack();
  else if (!confirm) message.ack();
  // What is not confirmed comes again; only a confirmed acknowledgement counts.
  else if ((await message.ackWithResponse().catch(() => 'FAILED')) === 'SUCCESS')
    say('acknowledged', subscription, message);
}

for (const name of ['ordered', 'once']) {
  const subscription = client.subscription(name, {
    flowControl: { maxMessages: 200 },
    batching: { maxMilliseconds: 10 },
    // What a killed process held comes again this soon.
    minAckDeadline: Duration.from({ seconds: 10 }),
    maxAckDeadline: Duration.from({ seconds: 10 }),
    streamingOptions: { maxStreams: 1 },
  });
  subscription.on('message', (message) => void handle(name, message, name === 'once'));
  // The server comes and goes; the client connects again by itself, or is asked to.
  subscription.on('error', () => subscription.open());
}
