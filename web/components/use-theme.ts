'use client';

import { useSyncExternalStore } from 'react';

export type Theme = 'system' | 'light' | 'dark';

const KEY = 'theme';
const CHANGED = 'mewayz:theme';
const systemDark = (): MediaQueryList => matchMedia('(prefers-color-scheme: dark)');

function read(): Theme {
  const stored = localStorage.getItem(KEY);
  return stored === 'light' || stored === 'dark' ? stored : 'system';
}

function apply(): void {
  const theme = read();
  document.documentElement.classList.toggle(
    'dark',
    theme === 'dark' || (theme === 'system' && systemDark().matches),
  );
}

function subscribe(notify: () => void): () => void {
  const onChange = (): void => {
    apply();
    notify();
  };
  const media = systemDark();
  media.addEventListener('change', onChange);
  // `storage` tells the other tabs, the custom event this one.
  window.addEventListener('storage', onChange);
  window.addEventListener(CHANGED, onChange);
  return () => {
    media.removeEventListener('change', onChange);
    window.removeEventListener('storage', onChange);
    window.removeEventListener(CHANGED, onChange);
  };
}

/** The theme of this device and how to change it; follows the system until one is chosen. */
export function useTheme(): { theme: Theme; setTheme: (theme: Theme) => void } {
  const theme = useSyncExternalStore(subscribe, read, () => 'system' as const);
  return {
    theme,
    setTheme: (next) => {
      localStorage.setItem(KEY, next);
      window.dispatchEvent(new Event(CHANGED));
    },
  };
}
