'use client';

import { useEffect, useRef, useState } from 'react';
import { useApi } from '@/client/context';
import { type Upload, uploadData } from '@/client/datasets';

export interface Uploading {
  readonly file: File | undefined;
  /** 0 to 1 while the file travels; 1 while it is looked at. */
  readonly share: number | undefined;
  readonly error: unknown;
  readonly send: (file: File) => Promise<void>;
  readonly cancel: () => void;
}

/** Sends one file at a time; leaving the page ends it. */
export function useUpload(onUploaded: (upload: Upload) => void): Uploading {
  const api = useApi();
  const ending = useRef<AbortController>(undefined);
  const [file, setFile] = useState<File>();
  const [share, setShare] = useState<number>();
  const [error, setError] = useState<unknown>();
  useEffect(() => () => ending.current?.abort(), []);
  const send = async (next: File): Promise<void> => {
    const controller = new AbortController();
    ending.current = controller;
    setFile(next);
    setError(undefined);
    setShare(0);
    try {
      onUploaded(await uploadData(api, next, { onProgress: setShare, signal: controller.signal }));
    } catch (problem) {
      setFile(undefined);
      if (!controller.signal.aborted) setError(problem);
    } finally {
      setShare(undefined);
    }
  };
  return { file, share, error, send, cancel: () => ending.current?.abort() };
}
