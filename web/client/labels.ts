'use client';

import { useMessages } from 'next-intl';
import { useMemo } from 'react';
import { type Labels, makeLabels } from './words';

/** Words, in the reader's language, for what the backend declares. */
export function useLabels(): Labels {
  const messages = useMessages();
  return useMemo(() => makeLabels(messages), [messages]);
}
