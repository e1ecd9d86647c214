'use client';

import type { CollectionInfo } from '@/client/collections';
import { useFormat } from '@/client/format-context';
import type { AnyRecord } from '@/client/types';
import { nameOf, viewOf } from '.';

/** What a record is called: its name, else its amount (a payment has nothing better), else its id. */
export function useTitle(): (collection: CollectionInfo, record: AnyRecord) => string {
  const format = useFormat();
  return (collection, record) => {
    const [field, currencyField] = Object.entries(viewOf(collection).money ?? {})[0] ?? [];
    const amount = field && record[field];
    const currency = currencyField && record[currencyField];
    const money =
      typeof amount === 'number' && typeof currency === 'string' ? format.money(amount, currency) : undefined;
    return nameOf(collection, record) ?? money ?? record.id;
  };
}
