'use client';

import { Check, Copy } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { type ReactNode, useState } from 'react';
import { Button } from '@/components/ui/button';
import { copyText } from '@/components/ui/copy';
import { ScrollRegion } from '@/components/ui/scroll-region';

/** The SQL an answer came from, to read and to copy. */
export function SqlText({ sql }: { readonly sql: string }): ReactNode {
  const t = useTranslations('explore');
  const actions = useTranslations('actions');
  const [copied, setCopied] = useState(false);
  const copy = async (): Promise<void> => {
    if (!(await copyText(sql))) return;
    setCopied(true);
    setTimeout(() => setCopied(false), 2000);
  };
  return (
    <div className="relative">
      <ScrollRegion label={t('sql')} className="max-h-80 bg-sunken px-5 py-4 sm:px-6">
        <pre dir="ltr" className="font-mono text-xs leading-relaxed" data-testid="sql">
          {sql}
        </pre>
      </ScrollRegion>
      <Button size="small" onClick={copy} className="absolute end-3 top-3">
        {copied ? <Check aria-hidden /> : <Copy aria-hidden />}
        <span aria-live="polite">{actions(copied ? 'copied' : 'copy')}</span>
      </Button>
    </div>
  );
}
