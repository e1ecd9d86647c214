'use client';

import { useSyncExternalStore } from 'react';

const query = (): MediaQueryList => matchMedia('(min-width: 768px)');

/** Whether the screen has room for tables. */
export const useWide = (): boolean =>
  useSyncExternalStore(
    (notify) => {
      const media = query();
      media.addEventListener('change', notify);
      return () => media.removeEventListener('change', notify);
    },
    () => query().matches,
    () => true,
  );
