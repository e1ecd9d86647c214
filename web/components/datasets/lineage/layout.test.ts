import { expect, it } from 'vitest';
import type { Lineage } from '@/client/quality';
import { layOut, NODE } from './layout';

const node = (id: string, kind: Lineage['nodes'][number]['kind']) => ({ id, kind, label: id });

it('places what comes before to the left of what comes after, and nothing upon another', () => {
  const lineage: Lineage = {
    nodes: [
      node('s', 'source'),
      ...Array.from({ length: 8 }, (_, at) => node(`l${at}`, 'load')),
      node('d', 'dataset'),
      node('r', 'rule'),
      node('m', 'metric'),
      node('c', 'chart'),
    ],
    edges: [
      { from: 's', to: 'l0' },
      { from: 'l0', to: 'd' },
      { from: 'l7', to: 'd' },
      { from: 'd', to: 'm' },
      { from: 'm', to: 'c' },
      { from: 'm', to: 'gone' },
    ],
  };
  const picture = layOut(lineage);
  expect(picture.olderLoads).toBe(3);
  expect(picture.edges.map(({ from, to }) => `${from.node.id} ${to.node.id}`)).toEqual([
    's l0',
    'l0 d',
    'd m',
    'm c',
  ]);
  for (const { from, to } of picture.edges) expect(from.x + NODE.width).toBeLessThan(to.x);
  const boxes = new Set(picture.nodes.map(({ x, y }) => `${x} ${y}`));
  expect(boxes.size).toBe(picture.nodes.length);
  for (const { x, y } of picture.nodes) {
    expect(x + NODE.width).toBeLessThanOrEqual(picture.width);
    expect(y).toBeGreaterThanOrEqual(0);
    expect(y + NODE.height).toBeLessThanOrEqual(picture.height);
  }
});

it('leaves no room for what is not there', () => {
  const { width, edges } = layOut({ nodes: [node('d', 'dataset')], edges: [] });
  expect(width).toBeLessThan(2 * NODE.width);
  expect(edges).toEqual([]);
});
