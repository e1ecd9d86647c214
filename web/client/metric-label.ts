'use client';

import { useMessages } from 'next-intl';

/** What a metric is called in the reader's language, else as its declaration calls it. */
export function useMetricLabel(): (name: string, fallback: string) => string {
  const { metrics } = useMessages() as { metrics?: Readonly<Record<string, string>> };
  return (name, fallback) => metrics?.[name] ?? fallback;
}
