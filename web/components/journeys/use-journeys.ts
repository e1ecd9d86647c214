'use client';

import { useSearchParams } from 'next/navigation';
import { useDashboard } from '@/client/analytics';
import { JOURNEYS, type Journey, readJson } from '@/client/journey-state';
import { dayOf, shiftDay } from '@/client/periods';

export interface DayRange {
  readonly from: string;
  /** Exclusive. */
  readonly to: string;
}

export interface JourneysState {
  readonly journey: Journey;
  /** What the address asks of this journey, unchecked. */
  readonly ask: Readonly<Record<string, unknown>>;
  /** Undefined until it is known which days have data. */
  readonly range: DayRange | undefined;
  readonly show: (journey: Journey) => void;
  readonly setAsk: (ask: object) => void;
  readonly setRange: (range: DayRange) => void;
}

const DAY = /^\d{4}-\d{2}-\d{2}$/;

/** What is asked lives in the address, so that it can be shared and gone back from; days begin with those of the dashboard. */
export function useJourneys(): JourneysState {
  const parameters = useSearchParams();
  const { data, error } = useDashboard({});
  const journey = JOURNEYS.find((name) => name === parameters.get('journey')) ?? 'funnel';
  const day = (name: string): string | undefined => {
    const value = parameters.get(name) ?? '';
    return DAY.test(value) && !Number.isNaN(Date.parse(value)) ? value : undefined;
  };
  const [from, to] = [day('from'), day('to')];
  const push = (change: Readonly<Record<string, string>>): void => {
    const search = new URLSearchParams(parameters);
    for (const [name, value] of Object.entries(change)) search.set(name, value);
    window.history.pushState(null, '', `?${search}`);
  };
  return {
    journey,
    ask: readJson(parameters.get(journey)),
    range: from && to && from < to ? { from, to } : data || error ? usual(data?.dataRange) : undefined,
    show: (next) => push({ journey: next }),
    setAsk: (ask) => push({ [journey]: JSON.stringify(ask) }),
    setRange: (range) => push({ ...range }),
  };
}

/** The twelve months up to the newest data, and that month so far. */
function usual(data: { readonly last: string } | null | undefined): DayRange {
  const to = shiftDay(data ? data.last.slice(0, 10) : dayOf(Date.now()), 1);
  const last = shiftDay(to, -1);
  return { from: `${Number(last.slice(0, 4)) - 1}${last.slice(4, 7)}-01`, to };
}
