/** What the lines of Online Retail add up to, worked out here and not by the platform. */

import type { RetailLine } from '../../scripts/demo/retail.ts';

/** Amounts are pounds. An invoice number whose lines come to less than nothing is a credit note, and no order. */
export interface RetailFacts {
  lines: number;
  /** Different invoice numbers, credit notes among them. */
  invoices: number;
  orders: number;
  /** Different customer numbers. */
  customers: number;
  units: number;
  revenue: number;
  /** By `2010-12`. */
  revenueByMonth: Record<string, number>;
  revenueByCountry: Record<string, number>;
}

export function factsOf(lines: readonly RetailLine[]): RetailFacts {
  const totals = new Map<string, bigint>();
  const [byMonth, byCountry] = [new Map<string, bigint>(), new Map<string, bigint>()];
  for (const { InvoiceNo, InvoiceDate, Country, UnitPrice, Quantity } of lines) {
    const amount = millionths(UnitPrice) * BigInt(Quantity);
    add(totals, InvoiceNo, amount);
    add(byMonth, InvoiceDate.slice(0, 7), amount);
    add(byCountry, Country, amount);
  }
  const isOrder = (number: string) => (totals.get(number) ?? 0n) >= 0n;
  const customers = lines.map(({ CustomerID }) => CustomerID).filter(Boolean);
  return {
    lines: lines.length,
    invoices: totals.size,
    orders: [...totals.keys()].filter(isOrder).length,
    customers: new Set(customers).size,
    units: lines.reduce((sum, { Quantity }) => sum + Number(Quantity), 0),
    revenue: pounds([...totals.values()].reduce((sum, total) => sum + total, 0n)),
    revenueByMonth: inPounds(byMonth),
    revenueByCountry: inPounds(byCountry),
  };
}

function add(sums: Map<string, bigint>, key: string, amount: bigint): void {
  sums.set(key, (sums.get(key) ?? 0n) + amount);
}

/** `2.55` → 2,550,000: exact, as no price has more than six decimals. */
function millionths(price: string): bigint {
  const [, sign = '', whole = '0', decimals = ''] = /^(-?)(\d+)(?:\.(\d{1,6}))?$/.exec(price) ?? [];
  return BigInt(`${sign}${whole}${decimals.padEnd(6, '0')}`);
}

const pounds = (amount: bigint): number => Math.round(Number(amount) / 10_000) / 100;
const inPounds = (sums: ReadonlyMap<string, bigint>): Record<string, number> =>
  Object.fromEntries([...sums].map(([key, amount]) => [key, pounds(amount)]));
