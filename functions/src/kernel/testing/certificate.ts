import { generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';
import { isIPv4 } from 'node:net';

/** A certificate and its key, PEM. */
export interface Certificate {
  readonly cert: string;
  readonly key: string;
}

/** Issues certificates that only tests trust (X.509 version 3, RFC 5280; P-256). */
export interface TestAuthority {
  /** PEM, for those who are to trust it. */
  readonly cert: string;
  /** @param name host or IPv4 address it is for @param until when it ends; in a year by default */
  issue(name: string, until?: Date): Certificate;
}

const DAY_MS = 86_400_000;

export function createTestAuthority(name = 'Test authority'): TestAuthority {
  const own = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const make = (subject: string, key: KeyObject, until: Date, extension: Buffer): string =>
    certificate({ issuer: name, subject, key, until, extension, signer: own.privateKey });
  const year = (): Date => new Date(Date.now() + 365 * DAY_MS);
  return {
    cert: make(name, own.publicKey, year(), AUTHORITY),
    issue: (host, until = year()) => {
      const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
      const key = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
      return { cert: make(host, publicKey, until, alternativeName(host)), key };
    },
  };
}

/** A certificate nobody but itself vouches for. */
export function selfSigned(host: string): Certificate {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const until = new Date(Date.now() + DAY_MS);
  return {
    cert: certificate({
      issuer: host,
      subject: host,
      key: publicKey,
      until,
      extension: alternativeName(host),
      signer: privateKey,
    }),
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  };
}

/** One DER value: tag, length, content. */
function der(tag: number, ...content: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(content);
  const { length } = body;
  const size = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...size]), body]);
}
const sequence = (...content: readonly Uint8Array[]): Buffer => der(0x30, ...content);
const oid = (hex: string): Buffer => der(0x06, Buffer.from(hex, 'hex'));
const commonName = (name: string): Buffer =>
  sequence(der(0x31, sequence(oid('550403'), der(0x0c, Buffer.from(name)))));
/** `YYMMDDHHMMSSZ` */
const time = (at: Date): Buffer =>
  der(0x17, Buffer.from(`${at.toISOString().replace(/[-:T]/g, '').slice(2, 14)}Z`));

const ECDSA_SHA256 = sequence(oid('2a8648ce3d040302'));
const TRUE = der(0x01, Buffer.from([0xff]));
/** Basic constraints: this one may issue others. */
const AUTHORITY = sequence(oid('551d13'), TRUE, der(0x04, sequence(TRUE)));
const alternativeName = (host: string): Buffer => {
  const name = isIPv4(host)
    ? der(0x87, Buffer.from(host.split('.').map(Number)))
    : der(0x82, Buffer.from(host));
  return sequence(oid('551d11'), der(0x04, sequence(name)));
};

interface Contents {
  readonly issuer: string;
  readonly subject: string;
  readonly key: KeyObject;
  readonly until: Date;
  readonly extension: Buffer;
  readonly signer: KeyObject;
}

function certificate({ issuer, subject, key, until, extension, signer }: Contents): string {
  const serial = randomBytes(8);
  serial[0] = 1;
  const from = new Date(Math.min(Date.now(), until.getTime()) - DAY_MS);
  const contents = sequence(
    der(0xa0, der(0x02, Buffer.from([2]))),
    der(0x02, serial),
    ECDSA_SHA256,
    commonName(issuer),
    sequence(time(from), time(until)),
    commonName(subject),
    key.export({ type: 'spki', format: 'der' }),
    der(0xa3, sequence(extension)),
  );
  const signature = sign('sha256', contents, signer);
  const whole = sequence(contents, ECDSA_SHA256, der(0x03, Buffer.from([0]), signature));
  return `-----BEGIN CERTIFICATE-----\n${whole.toString('base64')}\n-----END CERTIFICATE-----\n`;
}
