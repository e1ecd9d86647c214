/** Whether a text is a personal number of one of some countries: where there are check digits, with the right ones. */
export const isNationalId = (text: string): boolean => TESTS.some((test) => test(text.trim().toUpperCase()));

const TESTS: readonly ((text: string) => boolean)[] = [
  isSocialSecurityNumber,
  isNationalInsuranceNumber,
  isDni,
  isCodiceFiscale,
  isCpf,
  isNir,
];

/** United States: no area 000, 666 or 9xx, no group 00, no serial 0000. */
function isSocialSecurityNumber(text: string): boolean {
  return /^(?!000|666|9)\d{3}-(?!00)\d{2}-(?!0000)\d{4}$/.test(text);
}

/** United Kingdom. */
function isNationalInsuranceNumber(text: string): boolean {
  return /^(?!BG|GB|KN|NK|NT|TN|ZZ)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z] ?\d{2} ?\d{2} ?\d{2} ?[A-D]$/.test(
    text,
  );
}

/** Spain: DNI and NIE; the letter follows from the number modulo 23. */
function isDni(text: string): boolean {
  const [, lead = '', digits = '', letter] = /^([XYZ]?)(\d{7,8})-?([A-Z])$/.exec(text) ?? [];
  if (letter === undefined || lead.length + digits.length !== 8) return false;
  const number = Number(`${lead === '' ? '' : 'XYZ'.indexOf(lead)}${digits}`);
  return 'TRWAGMYFPDXBNJZSQVHLCKE'[number % 23] === letter;
}

/** Italy: its shape says enough. */
function isCodiceFiscale(text: string): boolean {
  return /^[A-Z]{6}\d{2}[ABCDEHLMPRST]\d{2}[A-Z]\d{3}[A-Z]$/.test(text);
}

/** Brazil, as it is written: two check digits modulo 11. */
function isCpf(text: string): boolean {
  if (!/^\d{3}\.\d{3}\.\d{3}-\d{2}$/.test(text)) return false;
  const digits = [...text.replaceAll(/\D/g, '')].map(Number);
  const check = (length: number): number => {
    const sum = digits.slice(0, length).reduce((total, digit, at) => total + digit * (length + 1 - at), 0);
    return ((sum * 10) % 11) % 10;
  };
  return new Set(digits).size > 1 && check(9) === digits[9] && check(10) === digits[10];
}

/** France: 97 less the number modulo 97 is the key. */
function isNir(text: string): boolean {
  const plain = text.replaceAll(' ', '');
  if (!/^[12]\d{2}(?:0[1-9]|1[0-2])\d{10}$/.test(plain)) return false;
  return 97 - Number(BigInt(plain.slice(0, 13)) % 97n) === Number(plain.slice(13));
}
