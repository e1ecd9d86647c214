'use client';

import { CircleAlert, CircleCheck, X } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { Toast as Radix } from 'radix-ui';
import { createContext, type ReactNode, useCallback, useContext, useState } from 'react';
import { IconButton } from './button';

export interface ToastMessage {
  readonly text: string;
  readonly tone?: 'good' | 'bad';
  readonly action?: { readonly label: string; readonly run: () => void };
}

type Shown = ToastMessage & { readonly id: number };

const ToastContext = createContext<(message: ToastMessage) => void>(() => undefined);

/** Shows a short message at the foot of the screen; one with an action stays longer. */
export const useToast = (): ((message: ToastMessage) => void) => useContext(ToastContext);

export function ToastProvider({ children }: { readonly children: ReactNode }): ReactNode {
  const t = useTranslations('actions');
  const [shown, setShown] = useState<readonly Shown[]>([]);
  const show = useCallback((message: ToastMessage) => {
    setShown((before) => [...before.slice(-2), { ...message, id: (before.at(-1)?.id ?? 0) + 1 }]);
  }, []);
  return (
    <ToastContext value={show}>
      <Radix.Provider label={t('notification')} swipeDirection="down">
        {children}
        {shown.map((toast) => (
          <Radix.Root
            key={toast.id}
            data-testid="toast"
            duration={toast.action ? 10_000 : 4_000}
            onOpenChange={(open) => {
              if (!open) setShown((before) => before.filter(({ id }) => id !== toast.id));
            }}
            className="pointer-events-auto flex animate-arrive items-center gap-3 rounded-xl border bg-raised py-2 ps-4 pe-2 shadow-raised"
          >
            {toast.tone === 'bad' ? (
              <CircleAlert className="size-4 shrink-0 text-bad" aria-hidden />
            ) : (
              <CircleCheck className="size-4 shrink-0 text-good" aria-hidden />
            )}
            <Radix.Description className="min-w-0 grow py-1.5 text-sm">{toast.text}</Radix.Description>
            {toast.action ? (
              <Radix.Action
                altText={toast.action.label}
                onClick={toast.action.run}
                className="rounded-md px-2.5 py-1.5 font-medium text-accent text-sm hover:bg-accent-tint"
              >
                {toast.action.label}
              </Radix.Action>
            ) : null}
            <Radix.Close asChild>
              <IconButton label={t('dismiss')}>
                <X aria-hidden />
              </IconButton>
            </Radix.Close>
          </Radix.Root>
        ))}
        <Radix.Viewport className="pointer-events-none fixed inset-x-4 bottom-4 z-60 mx-auto flex max-w-md flex-col gap-2 outline-none sm:bottom-6" />
      </Radix.Provider>
    </ToastContext>
  );
}
