import { promises as dns, type LookupAddress } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import { HttpRefused } from '../../kernel/ports/http.ts';
import { type AllowList, isLinkLocal, isPublicAddress, parseAllowList } from './addresses.ts';

export interface GuardOptions {
  /** Networks and hosts beyond the public internet that may be called; `parseAllowList` says how they are written. */
  readonly allow?: string;
  /** Looks names up; by default the name servers for any host, and the system's own way for those of the allow-list. */
  readonly resolve?: (host: string) => Promise<readonly LookupAddress[]>;
  /** Name servers (`10.1.0.53`, `127.0.0.1:5353`); by default those of the system. */
  readonly nameServers?: readonly string[];
}

/** Where connections may lead that somebody else asks for. */
export interface Guard {
  /** Whether the operator has listed a host or address. */
  isOwn(host: string): boolean;
  /** Why a host or address can never be called, as far as it shows without asking anybody. */
  refusal(host: string): string | undefined;
  /** Looks a host up when a connection is made; it goes to an address that was checked. */
  lookup(host: string): LookupFunction;
}

export function createGuard(options: GuardOptions): Guard {
  const allow = parseAllowList(options.allow ?? '');
  const resolve =
    options.resolve ??
    ((host) =>
      allow.hasHost(host) ? dns.lookup(host, { all: true }) : askNameServers(host, options.nameServers));
  const isOwn = (host: string): boolean => (isIP(host) ? allow.hasAddress(host) : allow.hasHost(host));
  return {
    isOwn,
    refusal: (host) => {
      if (isOwn(host)) return undefined;
      if (isIP(host) && !isPublicAddress(host)) return `${host} is not an address on the public internet.`;
      if (!isIP(host) && /(?:^|\.)localhost\.?$/.test(host))
        return `${host} is not a host on the public internet.`;
      return undefined;
    },
    lookup: (host) => guardedLookup(host, allow, resolve),
  };
}

/** Resolves a name to those of its addresses that may be called; fails when there is none. */
function guardedLookup(
  host: string,
  allow: AllowList,
  resolve: NonNullable<GuardOptions['resolve']>,
): LookupFunction {
  return (_hostname, { all }, callback) => {
    resolve(host).then(
      (found) => {
        const usable = found.filter(
          ({ address }) =>
            isPublicAddress(address) ||
            allow.hasAddress(address) ||
            // The name of an own host must not lead to what hands out the machine's credentials.
            (allow.hasHost(host) && !isLinkLocal(address)),
        );
        const [first] = usable;
        if (!first) callback(new HttpRefused(`${host} has no address on the public internet.`), '');
        else if (all) callback(null, usable);
        else callback(null, first.address, first.family);
      },
      (error: NodeJS.ErrnoException) => callback(error, ''),
    );
  };
}

/**
 * Asks the name servers without the system's resolver: that one works in the few threads which also read files, and a
 * host whose name server hangs would hold them all up.
 */
async function askNameServers(
  host: string,
  nameServers?: readonly string[],
): Promise<readonly LookupAddress[]> {
  const resolver = new dns.Resolver({ timeout: 3_000, tries: 2 });
  if (nameServers) resolver.setServers(nameServers);
  const [v4, v6] = await Promise.allSettled([resolver.resolve4(host), resolver.resolve6(host)]);
  if (v4.status === 'rejected' && v6.status === 'rejected') throw v4.reason;
  const found = (answer: PromiseSettledResult<string[]>, family: number): LookupAddress[] =>
    answer.status === 'fulfilled' ? answer.value.map((address) => ({ address, family })) : [];
  return [...found(v4, 4), ...found(v6, 6)];
}
