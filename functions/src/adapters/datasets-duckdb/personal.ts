import { isIP } from 'node:net';
import type { PersonalKind } from '../../kernel/ports/datasets.ts';
import { isNationalId } from './national-ids.ts';

/** A column by its name and the filled texts that were looked at. */
export interface Looked {
  readonly source: string;
  readonly texts: readonly string[];
}

/** Texts that are looked at, and the share of them that has to fit: some are always mistyped. */
const LOOKED_AT = 1_000;
const SHARE = 0.8;

/**
 * What columns seem to say of people, for somebody to confirm: by their texts where these have a shape or a check
 * digit, by their names where they have none. A column called just `name` is one of people beside a column that is.
 */
export function personalKinds(columns: readonly Looked[]): (PersonalKind | undefined)[] {
  const kinds = columns.map(kindOf);
  const ofPeople = kinds.some((kind) => kind !== undefined && kind !== 'ip-address');
  return kinds.map((kind, index) => {
    const column = columns[index];
    return (
      kind ?? (ofPeople && column && BARE_NAME.test(words(column)) && areNames(column) ? 'name' : undefined)
    );
  });
}

/** What an inspected column says of it. */
export const personalMark = (kind: PersonalKind | undefined) =>
  kind === undefined ? {} : ({ pii: true, personal: kind } as const);

function kindOf(column: Looked): PersonalKind | undefined {
  const { texts } = column;
  if (texts.length === 0) return undefined;
  const byText = BY_TEXT.find(([, test]) => most(texts, test));
  if (byText) return byText[0];
  const name = words(column);
  if (PHONE_NAME.test(name) && most(texts, isPhone)) return 'phone';
  if (BIRTH_NAME.test(name) && most(texts, (text) => /\d/.test(text))) return 'birth-date';
  if (ID_NAME.test(name)) return 'national-id';
  if (PERSON_NAME.test(name) && areNames(column)) return 'name';
  return undefined;
}

const words = ({ source }: Looked): string =>
  source
    .replace(/(\p{Ll})(\p{Lu})/gu, '$1 $2')
    .replaceAll(/[^\p{L}\p{N}]+/gu, ' ')
    .trim()
    .toLowerCase();

function most(texts: readonly string[], test: (text: string) => boolean): boolean {
  const looked = texts.slice(0, LOOKED_AT);
  return looked.filter(test).length >= SHARE * looked.length;
}

const BY_TEXT: readonly (readonly [PersonalKind, (text: string) => boolean])[] = [
  ['email', (text) => /^[^\s@]{1,64}@[^\s@]{1,190}\.[^\s@.]{2,}$/.test(text)],
  ['iban', isIban],
  ['national-id', isNationalId],
  ['card', isCard],
  ['ip-address', (text) => isIP(text) !== 0],
  ['phone', (text) => text.startsWith('+') && isPhone(text)],
];

const PHONE_NAME =
  /(^| )(phone|telephone|mobile|tel|fax|cell|telefon|handy|teléfono|téléphone|هاتف|جوال)( |$)/;
const BIRTH_NAME =
  /(^| )(birth ?(day|date)?|dob|born|geburtsdatum|geburtstag|date of birth|nacimiento|naissance)( |$)/;
const ID_NAME =
  /(^| )(ssn|social security( number)?|national (id|insurance)( number)?|passport( (no|number))?|tax ?id|nino)( |$)/;
const PERSON_NAME =
  /(^| )(first|last|given|family|full|middle|maiden|contact|customer|client|employee|patient|guest|student|user|person|holder|owner|member) ?names?( |$)|(^| )(surname|forename|vorname|nachname|prénom|apellidos?|الاسم)( |$)/;
const BARE_NAME = /^(name|nombre|nom|nome)$/;

const areNames = ({ texts }: Looked): boolean =>
  most(texts, (text) => /^[\p{L}\p{M}'’.,-]+(?: [\p{L}\p{M}'’.,-]+){0,4}$/u.test(text));

const isPhone = (text: string): boolean => {
  const digits = text.replaceAll(/\D/g, '').length;
  return /^\+?[\d\s()./-]+(?:(?:x|ext\.?)\s?\d+)?$/i.test(text) && digits >= 7 && digits <= 15;
};

/** ISO 13616: the country and check digits behind the rest, letters as 10 to 35, is 1 modulo 97. */
function isIban(text: string): boolean {
  const plain = text.replaceAll(/\s/g, '').toUpperCase();
  if (!/^[A-Z]{2}\d{2}[A-Z0-9]{11,30}$/.test(plain)) return false;
  const digits = (plain.slice(4) + plain.slice(0, 4)).replaceAll(/[A-Z]/g, (letter) =>
    String(letter.charCodeAt(0) - 55),
  );
  return BigInt(digits) % 97n === 1n;
}

/** ISO/IEC 7812: 13 to 19 digits of which the last is Luhn's. */
function isCard(text: string): boolean {
  if (!/^[2-6](?:[ -]?\d){12,18}$/.test(text)) return false;
  const digits = [...text.replaceAll(/\D/g, '')].reverse().map(Number);
  const sum = digits.reduce((total, digit, at) => {
    const value = at % 2 === 0 ? digit : digit * 2;
    return total + (value > 9 ? value - 9 : value);
  }, 0);
  return sum % 10 === 0;
}
