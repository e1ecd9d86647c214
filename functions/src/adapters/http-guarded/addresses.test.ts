import { describe, expect, it } from 'vitest';
import { isPublicAddress, parseAllowList } from './addresses.ts';

describe('the addresses that may be called', () => {
  it.each([
    ['1.1.1.1'],
    ['8.8.8.8'],
    ['9.255.255.255'],
    ['11.0.0.0'],
    ['100.63.255.255'],
    ['100.128.0.0'],
    ['126.255.255.255'],
    ['128.0.0.0'],
    ['169.253.255.255'],
    ['169.255.0.0'],
    ['172.15.255.255'],
    ['172.32.0.0'],
    ['192.0.1.0'],
    ['192.167.255.255'],
    ['192.169.0.0'],
    ['198.17.255.255'],
    ['198.20.0.0'],
    ['223.255.255.255'],
    ['2001:4860:4860::8888'],
    ['2606:4700:4700::1111'],
    ['2a00:1450:4001:801::200e'],
    ['2001:200::1'],
    ['3ffe::1'],
  ])('%s is public', (address) => expect(isPublicAddress(address)).toBe(true));

  it.each([
    ['this network', ['0.0.0.0', '0.0.0.1', '0.255.255.255']],
    [
      'private',
      ['10.0.0.0', '10.255.255.255', '172.16.0.0', '172.31.255.255', '192.168.0.0', '192.168.255.255'],
    ],
    ['shared by carriers', ['100.64.0.0', '100.127.255.255']],
    ['loopback', ['127.0.0.1', '127.0.0.2', '127.255.255.255', '::1']],
    ['link-local', ['169.254.0.0', '169.254.255.255', 'fe80::1', 'febf::1', 'fe80::1%eth0', '2606::1%eth0']],
    ['cloud metadata', ['169.254.169.254', 'fd00:ec2::254', '100.100.100.200', '::ffff:169.254.169.254']],
    ['protocol assignments', ['192.0.0.1', '192.0.0.170', '192.88.99.1', '2001::1', '2001:1ff::1', '100::1']],
    ['documentation', ['192.0.2.1', '198.51.100.1', '203.0.113.1', '2001:db8::1', '3fff::1']],
    ['benchmarks', ['198.18.0.1', '198.19.255.255', '2001:2::1']],
    ['multicast', ['224.0.0.1', '239.255.255.255', 'ff02::1', 'ff0e::1']],
    ['reserved and broadcast', ['240.0.0.1', '255.255.255.255', '4000::1', 'e000::1', '1fff::1']],
    ['unspecified', ['::', '0:0:0:0:0:0:0:0']],
    ['unique-local', ['fc00::1', 'fd12:3456::1', 'fdff::1']],
    ['site-local', ['fec0::1']],
    [
      'IPv4 mapped into IPv6',
      ['::ffff:127.0.0.1', '::ffff:7f00:1', '::ffff:10.0.0.1', '::ffff:8.8.8.8', '0:0:0:0:0:ffff:c0a8:1'],
    ],
    ['IPv4 in other disguise', ['::127.0.0.1', '::7f00:1', '::ffff:0:127.0.0.1']],
    ['NAT64', ['64:ff9b::7f00:1', '64:ff9b::127.0.0.1', '64:ff9b::8.8.8.8', '64:ff9b:1::1']],
    ['6to4 and Teredo', ['2002:7f00:1::', '2002:a9fe:a9fe::1', '2001:0:4136:e378::1']],
    [
      'no address',
      [
        '',
        'localhost',
        'example.com',
        '127.1',
        '0x7f000001',
        '2130706433',
        '1.2.3',
        '1.2.3.4.5',
        '[::1]',
        '1.2.3.256',
      ],
    ],
  ])('%s is closed', (_kind, addresses) => {
    for (const address of addresses)
      expect({ address, open: isPublicAddress(address) }).toEqual({ address, open: false });
  });

  it('follows the whole IPv4 space in steps: what is open is outside every closed network', () => {
    const closed =
      /^(?:0|10|127|22[4-9]|23\d|24\d|25[0-5])\.|^169\.254\.|^172\.(?:1[6-9]|2\d|3[01])\.|^192\.168\.|^192\.0\.[02]\.|^192\.88\.99\.|^198\.1[89]\.|^198\.51\.100\.|^203\.0\.113\.|^100\.(?:6[4-9]|[7-9]\d|1[01]\d|12[0-7])\./;
    for (let first = 0; first < 256; first += 1)
      for (let second = 0; second < 256; second += 1)
        for (const rest of ['0.0', '2.1', '99.7', '100.7', '113.255']) {
          const address = `${first}.${second}.${rest}`;
          if (isPublicAddress(address) === closed.test(address)) expect.fail(address);
        }
  });
});

describe('the allow-list', () => {
  const list = parseAllowList('10.1.0.0/16, 192.168.1.7 fd00:1::/32,erp.internal,*.Corp.example');

  it('has networks, addresses, hosts and what is below a host', () => {
    for (const address of ['10.1.0.0', '10.1.255.255', '192.168.1.7', 'fd00:1::5'])
      expect(list.hasAddress(address)).toBe(true);
    for (const address of ['10.2.0.0', '192.168.1.8', 'fd00:2::5', 'erp.internal', ''])
      expect(list.hasAddress(address)).toBe(false);
    for (const host of ['erp.internal', 'a.corp.example', 'a.b.corp.example'])
      expect(list.hasHost(host)).toBe(true);
    for (const host of ['xerp.internal', 'corp.example', 'evilcorp.example', 'erp.internal.evil.example'])
      expect(list.hasHost(host)).toBe(false);
  });

  it('is empty without entries, and names the one it cannot read', () => {
    expect(parseAllowList(' , ').hasAddress('127.0.0.1')).toBe(false);
    for (const entry of ['10.0.0.0/33', '10.0.0.0/x', 'fd00::/129', 'http://a', '10.0.0.0/8/8', '-'])
      expect(() => parseAllowList(entry)).toThrow(entry);
  });
});
