import { BlockList, isIP } from 'node:net';

/** IPv4 that is not on the public internet (IANA IPv4 Special-Purpose Address Registry, RFC 6890), and multicast. */
const CLOSED_V4: readonly (readonly [string, number])[] = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
];

/** Parts of IPv6's global unicast space that are not public, or that carry an IPv4 address (Teredo, 6to4). */
const CLOSED_V6: readonly (readonly [string, number])[] = [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
];

const closed = new BlockList();
for (const [network, prefix] of CLOSED_V4) closed.addSubnet(network, prefix, 'ipv4');
for (const [network, prefix] of CLOSED_V6) closed.addSubnet(network, prefix, 'ipv6');

/**
 * Everything else in IPv6 is closed: loopback, unique-local, link-local, multicast, NAT64 (64:ff9b::/96), and
 * IPv4-mapped addresses, behind which any IPv4 address may hide.
 */
const globalUnicast = new BlockList();
globalUnicast.addSubnet('2000::', 3, 'ipv6');

/** Whether an address is on the public internet. What is no address is not. */
export function isPublicAddress(address: string): boolean {
  switch (isIP(address)) {
    case 4:
      return !closed.check(address, 'ipv4');
    case 6:
      // An address with a zone (`fe80::1%eth0`) means something on this machine only.
      return !address.includes('%') && globalUnicast.check(address, 'ipv6') && !closed.check(address, 'ipv6');
    default:
      return false;
  }
}

const linkLocal = new BlockList();
linkLocal.addSubnet('169.254.0.0', 16, 'ipv4');
linkLocal.addSubnet('fe80::', 10, 'ipv6');
linkLocal.addSubnet('fd00:ec2::', 32, 'ipv6');

/** Where clouds answer with a machine's credentials: never what a host of one's own is meant to be. */
export const isLinkLocal = (address: string): boolean =>
  linkLocal.check(address.replace(/%.*$/, ''), isIP(address) === 6 ? 'ipv6' : 'ipv4');

/** What a self-hoster lets the platform call beyond the public internet. */
export interface AllowList {
  hasAddress(address: string): boolean;
  hasHost(host: string): boolean;
}

/**
 * Reads `10.1.0.0/16, 192.168.1.7, fd00::/8, erp.internal, *.corp.example`: networks, addresses and hosts, separated by
 * commas or spaces. Throws a TypeError that names the entry it cannot read.
 */
export function parseAllowList(text: string): AllowList {
  const networks = new BlockList();
  const hosts = new Set<string>();
  const suffixes: string[] = [];
  for (const entry of text
    .toLowerCase()
    .split(/[\s,]+/)
    .filter(Boolean)) {
    const [network = '', prefix, ...rest] = entry.split('/');
    const version = isIP(network);
    if (version > 0 && rest.length === 0) {
      const bits = version === 4 ? 32 : 128;
      const length = prefix === undefined ? bits : /^\d{1,3}$/.test(prefix) ? Number(prefix) : Number.NaN;
      if (!(length >= 0 && length <= bits)) throw new TypeError(`allow-list: ${entry} is no network`);
      networks.addSubnet(network, length, version === 4 ? 'ipv4' : 'ipv6');
    } else if (/^\*\.[a-z0-9.-]+$/.test(entry)) suffixes.push(entry.slice(1));
    else if (/^[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?$/.test(entry)) hosts.add(entry);
    else throw new TypeError(`allow-list: ${entry} is neither a network nor a host`);
  }
  return {
    hasAddress: (address) => {
      const version = isIP(address);
      return version > 0 && networks.check(address, version === 4 ? 'ipv4' : 'ipv6');
    },
    hasHost: (host) => hosts.has(host) || suffixes.some((suffix) => host.endsWith(suffix)),
  };
}
