'use client';

import { useState } from 'react';
import { useApi } from '@/client/context';
import { isProblem } from '@/client/problem';
import { SOURCES_PATH, type SourcePreview } from '@/client/sources';
import type { ApiForm } from '@/components/use-api-form';
import { placeOf, type SourceValues } from './source-values';

interface Preview {
  readonly busy: boolean;
  readonly preview: SourcePreview | undefined;
  /** What the source answered instead. */
  readonly refused: string | undefined;
  /** Looks at the beginning of what the form describes. */
  readonly look: () => Promise<SourcePreview | undefined>;
}

/** @param id of the source whose secrets are used where none were entered */
export function usePreview({ form }: ApiForm<SourceValues>, id?: string): Preview {
  const api = useApi();
  const [busy, setBusy] = useState(false);
  const [preview, setPreview] = useState<SourcePreview>();
  const [refused, setRefused] = useState<string>();
  const look = async (): Promise<SourcePreview | undefined> => {
    setRefused(undefined);
    setPreview(undefined);
    if (!(await form.trigger())) return undefined;
    setBusy(true);
    try {
      const body = { ...placeOf(form.getValues()), ...(id ? { id } : {}) };
      const found = await api.ask<SourcePreview>(`${SOURCES_PATH}/preview`, body);
      setPreview(found);
      return found;
    } catch (error) {
      const messages = isProblem(error) ? error.errors.map(({ message }) => message) : [];
      setRefused(messages.join(' ') || (error instanceof Error ? error.message : String(error)));
      return undefined;
    } finally {
      setBusy(false);
    }
  };
  return { busy, preview, refused, look };
}
