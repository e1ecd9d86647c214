'use client';

import { CalendarRange } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { Popover } from 'radix-ui';
import { type FormEvent, type ReactNode, useState } from 'react';
import type { Dashboard } from '@/client/analytics';
import { useFormat } from '@/client/format-context';
import { Button } from '@/components/ui/button';
import { Field, Input } from '@/components/ui/field';
import type { Period } from './use-period';

const DAY_MS = 86_400_000;
const dayOf = (time: number): string => new Date(time).toISOString().slice(0, 10);
/** The last day of a period whose end is exclusive. */
const lastDay = (to: string): string => dayOf(Date.parse(to) - 1);

const PRESETS = [
  ['last30', 30],
  ['last90', 90],
  ['last365', 365],
] as const;

/** Chooses the period of the dashboard. Ready-made periods end with the newest data. */
export function PeriodPicker({
  data,
  period,
}: {
  readonly data: Dashboard;
  readonly period: Period;
}): ReactNode {
  const t = useTranslations('dashboard');
  const format = useFormat();
  const [open, setOpen] = useState(false);
  const choose = (range?: { from: string; to: string }): void => {
    period.setRange(range);
    setOpen(false);
  };
  const range = data.dataRange;
  const end = range ? dayOf(Date.parse(dayOf(Date.parse(range.last))) + DAY_MS) : data.to;
  return (
    <Popover.Root open={open} onOpenChange={setOpen}>
      <Popover.Trigger asChild>
        <Button data-testid="period">
          <CalendarRange aria-hidden />
          <span className="sr-only">{t('period')}: </span>
          {t('span', { from: format.date(data.from.slice(0, 10)), to: format.date(lastDay(data.to)) })}
        </Button>
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Content
          align="end"
          sideOffset={6}
          collisionPadding={12}
          aria-label={t('period')}
          className="z-40 w-72 animate-arrive rounded-2xl border bg-raised p-2 shadow-raised"
        >
          <div className="grid">
            <Preset label={t('latestYear')} onClick={() => choose()} />
            {PRESETS.map(([name, days]) => (
              <Preset
                key={name}
                label={t(name)}
                onClick={() => choose({ from: dayOf(Date.parse(end) - days * DAY_MS), to: end })}
              />
            ))}
            {range ? (
              <Preset
                label={t('allTime')}
                onClick={() => choose({ from: dayOf(Date.parse(range.first)), to: end })}
              />
            ) : null}
          </div>
          <CustomRange
            key={`${data.from} ${data.to}`}
            from={data.from.slice(0, 10)}
            to={lastDay(data.to)}
            onChoose={choose}
          />
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  );
}

const Preset = ({ label, onClick }: { readonly label: string; readonly onClick: () => void }): ReactNode => (
  <button type="button" onClick={onClick} className="rounded-md px-3 py-2 text-start text-sm hover:bg-ink/6">
    {label}
  </button>
);

interface CustomProps {
  readonly from: string;
  /** Inclusive, as people count. */
  readonly to: string;
  readonly onChoose: (range: { from: string; to: string }) => void;
}

function CustomRange({ from, to, onChoose }: CustomProps): ReactNode {
  const t = useTranslations('dashboard');
  const [first, setFirst] = useState(from);
  const [last, setLast] = useState(to);
  const valid = first !== '' && last !== '' && first <= last;
  const apply = (event: FormEvent): void => {
    event.preventDefault();
    if (valid) onChoose({ from: first, to: dayOf(Date.parse(last) + DAY_MS) });
  };
  return (
    <form onSubmit={apply} className="mt-2 grid gap-3 border-t p-3">
      <Field label={t('from')}>
        {(control) => (
          <Input
            {...control}
            type="date"
            value={first}
            max={last}
            onChange={({ target }) => setFirst(target.value)}
          />
        )}
      </Field>
      <Field label={t('to')}>
        {(control) => (
          <Input
            {...control}
            type="date"
            value={last}
            min={first}
            onChange={({ target }) => setLast(target.value)}
          />
        )}
      </Field>
      <Button type="submit" tone="primary" disabled={!valid}>
        {t('apply')}
      </Button>
    </form>
  );
}
