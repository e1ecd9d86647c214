import { describe, expect, it } from 'vitest';
import {
  DATE_PATTERNS,
  formatFrom,
  formatKey,
  formatKeys,
  readDate,
  readNumber,
  tellingSample,
} from './readings';

describe('readings', () => {
  it('read a day by every pattern', () => {
    const written = ['2026-03-04', '04-03-2026', '03-04-2026', '04-03-26', '03-04-26'];
    const all = [
      ...['-', '/', '.'].flatMap((separator) => written.map((text) => text.replaceAll('-', separator))),
      '4 Mar 2026',
      '04-mar-2026',
      'Mar 4, 2026',
    ];
    expect(all.map((text, index) => readDate(text, DATE_PATTERNS[index] ?? ''))).toEqual(
      all.map(() => '2026-03-04'),
    );
    expect(readDate('31/12/2026 10:20', 'DD/MM/YYYY')).toBe('2026-12-31');
    expect(readDate('31/12/2026', 'MM/DD/YYYY')).toBeUndefined();
    expect(readDate('30/02/2026', 'DD/MM/YYYY')).toBeUndefined();
  });

  it('read a number with either mark', () => {
    expect(readNumber('1.234,50 €', ',')).toBe(1234.5);
    expect(readNumber('1,234.50', '.')).toBe(1234.5);
    expect(readNumber('(12)', '.')).toBe(-12);
    expect(readNumber('50%', '.')).toBe(0.5);
    expect(readNumber('', '.')).toBeUndefined();
    expect(readNumber('abc', ',')).toBeUndefined();
  });

  it('choose the text that tells readings apart', () => {
    const readings = [
      { kind: 'date', pattern: 'DD/MM/YYYY' },
      { kind: 'date', pattern: 'MM/DD/YYYY' },
    ] as const;
    expect(tellingSample(['03/03/2026', '04/03/2026'], readings)).toBe('04/03/2026');
    expect(tellingSample(['03/03/2026'], readings)).toBe('03/03/2026');
  });

  it('are named by keys that lead back to them', () => {
    for (const type of ['number', 'date', 'timestamp', 'boolean'] as const)
      for (const key of formatKeys(type, undefined))
        expect(formatKey(formatFrom(type, key, 'Europe/Berlin'))).toBe(key);
    expect(formatFrom('timestamp', '', 'UTC')).toBeUndefined();
    expect(formatFrom('timestamp', '', 'Asia/Dubai')).toEqual({
      kind: 'timestamp',
      pattern: 'YYYY-MM-DD',
      timezone: 'Asia/Dubai',
    });
    expect(formatFrom('string', 'DD/MM/YYYY', 'UTC')).toBeUndefined();
  });
});
