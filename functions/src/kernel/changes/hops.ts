/**
 * How often what a request tells has left by a webhook of the platform and come back in by one. A webhook whose
 * writes trigger a webhook that calls it would go on for ever; the count is what ends it.
 */
export const HOPS_HEADER = 'mewayz-hops';

/** More than any honest chain of systems needs. */
export const MAX_HOPS = 5;

/** The request id of what a delivery causes: every change it makes, directly or not, carries the count. */
export const hopRequestId = (hops: number, deliveryId: string): string => `hop${hops}_${deliveryId}`;

/** The count of the request that made a change; 0 when no delivery caused it. */
export function hopsOf({ requestId }: { readonly requestId: string }): number {
  return Number(/^hop(\d{1,4})_/.exec(requestId)?.[1] ?? 0);
}
