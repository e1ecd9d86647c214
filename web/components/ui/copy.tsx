'use client';

import { Check, Copy } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { type ReactNode, useState } from 'react';
import { Button } from './button';

/** Copies; false when the browser allows it only to secure origins. */
export async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}

/** A value to copy, such as a key that is shown once. It can always be selected by hand. */
export function CopyValue({
  value,
  label,
  testId,
}: {
  readonly value: string;
  readonly label: string;
  readonly testId?: string;
}): ReactNode {
  const t = useTranslations('actions');
  const [copied, setCopied] = useState(false);
  const copy = async (): Promise<void> => {
    if (!(await copyText(value))) return;
    setCopied(true);
    setTimeout(() => setCopied(false), 2000);
  };
  return (
    <div className="grid min-w-0 grid-cols-[minmax(0,1fr)] gap-1.5">
      <span className="font-medium text-[0.8125rem]">{label}</span>
      <div className="flex items-center gap-2 rounded-lg border bg-sunken py-1 ps-3 pe-1">
        <code
          dir="ltr"
          data-testid={testId}
          className="min-w-0 grow select-all overflow-x-auto whitespace-nowrap py-1 font-mono text-[0.8125rem]"
        >
          {value}
        </code>
        <Button size="small" tone="ghost" onClick={copy} aria-label={`${t('copy')}: ${label}`}>
          {copied ? <Check aria-hidden /> : <Copy aria-hidden />}
          <span aria-live="polite">{copied ? t('copied') : t('copy')}</span>
        </Button>
      </div>
    </div>
  );
}
