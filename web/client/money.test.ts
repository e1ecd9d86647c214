import { describe, expect, it } from 'vitest';
import { currencyDigits, lineAmount, lineTax, moneyText, parseMoney } from './money';

describe('money', () => {
  it('reads what people type and writes it back', () => {
    expect(parseMoney('12.5', 'EUR')).toBe(1250);
    expect(parseMoney('1 234,56', 'EUR')).toBe(123456);
    expect(parseMoney('-3', 'EUR')).toBe(-300);
    expect(parseMoney('.5', 'EUR')).toBe(50);
    expect(parseMoney('7', 'JPY')).toBe(7);
    expect(parseMoney('1.005', 'KWD')).toBe(1005);
    for (const [minor, currency] of [
      [1250, 'EUR'],
      [-5, 'EUR'],
      [0, 'EUR'],
      [7, 'JPY'],
      [1005, 'KWD'],
    ] as const)
      expect(parseMoney(moneyText(minor, currency), currency)).toBe(minor);
  });

  it('refuses what is not an amount of the currency', () => {
    for (const text of ['', '.', 'abc', '1.234', '1,2,3', '99999999999999999'])
      expect(parseMoney(text, 'EUR')).toBeUndefined();
    expect(parseMoney('1.5', 'JPY')).toBeUndefined();
  });

  it('multiplies exactly and rounds once, halves away from zero', () => {
    expect(lineAmount('3', '19.99', 'GBP')).toBe(5997);
    expect(lineAmount(1, '5.005', 'GBP')).toBe(501);
    expect(lineAmount(-1, '5.005', 'GBP')).toBe(-501);
    expect(lineAmount('0.1', '0.2', 'GBP')).toBe(2);
    expect(lineAmount('1000000', '123456.789', 'JPY')).toBe(123456789000);
    expect(lineAmount('', '1', 'GBP')).toBeUndefined();
    expect(lineTax(5997, '20')).toBe(1199);
    expect(lineTax(-25, '10')).toBe(-3);
    expect(lineTax(100, '')).toBeUndefined();
  });

  it('counts two decimals for a code it does not know', () => expect(currencyDigits('not a code')).toBe(2));
});
