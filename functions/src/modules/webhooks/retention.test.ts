import { expect, it } from 'vitest';
import { createSystemContext } from '../../kernel/scope.ts';
import { createWebhookWorld } from './world.fixture.ts';

it('forgets attempts after 30 days, and keeps the delivery', async () => {
  const world = await createWebhookWorld({ url: 'http://127.0.0.1:9009/' });
  const { app } = world.platform;
  const clean = async (): Promise<void> => {
    for (const schedule of app.registry.schedules)
      if (schedule.name.endsWith('.retention'))
        await schedule.handle(createSystemContext(app, 'test', 'test'));
  };
  try {
    const { id } = await world.makeEndpoint();
    await world.makeContact();
    await world.platform.drain();
    const [{ jobId }] = await world.attemptsOf(id);
    const numbers = async (): Promise<number[]> =>
      (await world.attemptsOf(id)).map(({ number }: { number: number }) => number);
    await world.later(29 * 86_400);
    await clean();
    expect(await numbers()).toEqual([1, 2]);
    await world.later(2 * 86_400);
    await clean();
    expect(await numbers()).toEqual([2]);
    expect((await world.api('GET', `jobs/jobs/${jobId}`)).status).toBe(200);
  } finally {
    await world.close();
  }
});
