/** Where an operation answers otherwise than the rule says, and why that is right. Nothing else is skipped. */
export type Column = 'example' | 'foreign id' | 'unknown field' | 'idempotency' | 'api key' | 'odd id';

interface Exception {
  readonly status: number;
  readonly reason: string;
}

export const EXCEPTIONS: Readonly<Record<string, Partial<Record<Column, Exception>>>> = {
  'tenants.members.remove': {
    'foreign id': {
      status: 204,
      reason: 'removing is idempotent, so somebody who is not a member is removed already',
    },
    'odd id': { status: 204, reason: 'removing is idempotent' },
  },
  'crm.activities.create': {
    'foreign id': {
      status: 201,
      reason: 'the contact may be known by the number of another system, so it is not looked up',
    },
  },
  'finance.payments.create': {
    'foreign id': { status: 422, reason: 'the invoice is a field of the payment: unknown_invoice' },
  },
  'datasets.rules.create': {
    'foreign id': { status: 422, reason: 'the dataset is a field of the rule: unknown_dataset' },
  },
  'auth.profile': { 'api key': { status: 403, reason: 'an API key has no user account' } },
  'auth.change-password': { 'api key': { status: 403, reason: 'an API key has no user account' } },
  'tenants.invitations.accept': { 'api key': { status: 404, reason: 'an invitation is for a person' } },
};
