/** A number as a reader sees it: its sign, currency, digits and percent sign, in English notation. */
const FIGURE = /(?<![\w.])([-−+]?)\s?([^\s\w\d.,;:()%+−-]?)(\d[\d,]*(?:\.\d+)?)(\s?%)?/gu;

/** Words that carry a quantity. */
const QUANTITY =
  /\b(?:zero|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|twenty|thirty|forty|fifty|hundreds?|thousands?|millions?|billions?|dozens?|doubled?|triple[ds]?|twice|thrice|hal(?:f|ves|ved)|thirds?|quarters?|tenfold)\b/giu;

const UP =
  /\b(?:rise[ns]?|rose|rising|grow[ns]?|grew|growth|growing|gain(?:ed|s)?|increase[ds]?|more|higher|up|climb(?:ed|s)?)\b/iu;
const DOWN =
  /\b(?:fall(?:s|en|ing)?|fell|drop(?:ped|s)?|decline[ds]?|decrease[ds]?|less|lower|down|lost|losses|shrank|shrunk)\b/iu;

const figures = (text: string): string[] =>
  [...text.matchAll(FIGURE)].map(([, sign = '', currency = '', digits = '', percent = '']) => {
    const value = digits
      .replaceAll(',', '')
      .replace(/(\.\d*?)0+$/, '$1')
      .replace(/\.$/, '');
    return `${sign.replace('-', '−')}${currency}${value}${percent.trim()}`;
  });

const quantities = (text: string): string[] =>
  [...text.matchAll(QUANTITY)].map(([word]) => word.toLowerCase());

/**
 * Whether a model's answer says nothing its draft does not: every figure (with its sign, currency and percent sign)
 * and every quantity in words stands in the draft, no direction is turned round, and it is neither empty nor much longer.
 */
export function keepsToDraft(draft: string, answer: string): boolean {
  if (answer.trim() === '' || answer.length > draft.length * 2 + 100) return false;
  const [knownFigures, knownWords] = [new Set(figures(draft)), new Set(quantities(draft))];
  return (
    figures(answer).every((figure) => knownFigures.has(figure)) &&
    quantities(answer).every((word) => knownWords.has(word)) &&
    (!UP.test(answer) || UP.test(draft)) &&
    (!DOWN.test(answer) || DOWN.test(draft))
  );
}
