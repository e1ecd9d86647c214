/** What the server has said it did: the truth that must be there after every crash. */
export interface Known {
  /** The last version that was acknowledged. */
  version: number;
  score: number;
  deleted: boolean;
  /** A write that was sent and never answered: it may have happened, or not. */
  doubt?: { readonly score: number; readonly deleted: boolean } | undefined;
}

/** A create that was never answered. Its records are known by their names. */
export interface DoubtfulCreate {
  readonly names: readonly string[];
  readonly key: string | undefined;
  readonly body: unknown;
}

export interface Ledger {
  readonly contacts: Map<string, Known>;
  /** Id → number, of issued invoices. */
  readonly invoices: Map<string, string>;
  creates: DoubtfulCreate[];
  doubtfulInvoices: number;
  acknowledged: number;
}

export const createLedger = (): Ledger => ({
  contacts: new Map(),
  invoices: new Map(),
  creates: [],
  doubtfulInvoices: 0,
  acknowledged: 0,
});
