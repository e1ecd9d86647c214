'use client';

import { ArrowRight, type LucideIcon, ReceiptText, Upload, Webhook } from 'lucide-react';
import { useTranslations } from 'next-intl';
import type { ReactNode } from 'react';
import { Link } from '@/components/link';

const STEPS: readonly {
  readonly name: 'import' | 'invoice' | 'webhook';
  readonly href: string;
  readonly icon: LucideIcon;
}[] = [
  { name: 'import', href: '/imports?into=finance.invoices', icon: Upload },
  { name: 'invoice', href: '/invoices/new', icon: ReceiptText },
  { name: 'webhook', href: '/webhooks', icon: Webhook },
];

/** A dashboard without data: the three ways to bring some. */
export function FirstSteps(): ReactNode {
  const t = useTranslations('dashboard.first');
  return (
    <section data-testid="first-steps" className="rounded-2xl border bg-surface p-6 sm:p-10">
      <h2 className="text-balance font-semibold text-xl tracking-[-0.018em]">{t('title')}</h2>
      <p className="mt-1.5 max-w-xl text-pretty text-soft">{t('text')}</p>
      <ul className="mt-7 grid gap-3 md:grid-cols-3">
        {STEPS.map(({ name, href, icon: Icon }) => (
          <li key={name}>
            <Link
              href={href}
              className="group flex h-full flex-col rounded-xl border p-5 transition-colors hover:border-accent hover:bg-accent-tint/40"
              data-testid={`first-${name}`}
            >
              <Icon className="size-5 text-accent" aria-hidden />
              <span className="mt-4 font-medium">{t(`${name}.title`)}</span>
              <span className="mt-1 grow text-pretty text-[0.8125rem] text-soft">{t(`${name}.text`)}</span>
              <ArrowRight
                className="mt-4 size-4 text-faint transition-transform group-hover:translate-x-0.5 rtl:-scale-x-100"
                aria-hidden
              />
            </Link>
          </li>
        ))}
      </ul>
    </section>
  );
}
