import { expect, it } from 'vitest';
import { parseBlock, readEvents, type StreamMessage } from './event-stream';

function streamOf(parts: readonly string[]): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  return new ReadableStream({
    start(controller) {
      for (const part of parts) controller.enqueue(encoder.encode(part));
      controller.close();
    },
  });
}

async function eventsOf(parts: readonly string[]): Promise<StreamMessage[]> {
  const events: StreamMessage[] = [];
  for await (const event of readEvents(streamOf(parts))) events.push(event);
  return events;
}

it('puts events together however the bytes are cut', async () => {
  const text =
    ': connected\n\nid: 1\nevent: change\ndata: {"a":"é"}\n\nid: 2\r\ndata: x\r\ndata: y\r\n\r\ndata: unfinished';
  const whole = await eventsOf([text]);
  expect(whole).toEqual([
    { id: '1', event: 'change', data: '{"a":"é"}' },
    { id: '2', event: 'message', data: 'x\ny' },
  ]);
  expect(await eventsOf(Array.from(text))).toEqual(whole);
});

it('passes over keep-alives', () => expect(parseBlock(': still here')).toBeUndefined());
