/** Subscription filters: https://docs.cloud.google.com/pubsub/docs/subscription-message-filter#filtering_syntax */

import { PubSubError } from './errors.ts';

export type Filter = (attributes: Record<string, string>) => boolean;

const MAX_FILTER_BYTES = 256;
const TOKEN = /\s*(?:("(?:[^"\\]|\\.)*")|([A-Za-z_][\w-]*|-(?=\s*[A-Za-z(]))|(!=|[=:.,()]))/y;

/** Compiles a filter. Throws INVALID_ARGUMENT that says where it is wrong. */
export function compileFilter(source: string): Filter {
  if (Buffer.byteLength(source) > MAX_FILTER_BYTES) {
    throw new PubSubError('INVALID_ARGUMENT', `A filter has at most ${MAX_FILTER_BYTES} bytes.`);
  }
  return new Parser(source).parse();
}

class Parser {
  readonly #source: string;
  readonly #tokens: string[];
  #next = 0;

  constructor(source: string) {
    this.#source = source;
    this.#tokens = [];
    TOKEN.lastIndex = 0;
    const length = source.trimEnd().length;
    while (TOKEN.lastIndex < length) {
      const at = TOKEN.lastIndex;
      const token = TOKEN.exec(source);
      if (!token) this.#fail(`"${source.slice(at).trim()}" is not understood`);
      else this.#tokens.push(token[0].trim());
    }
  }

  parse(): Filter {
    const filter = this.#expression();
    if (this.#peek() !== undefined) this.#fail(`"${this.#peek()}" is not expected`);
    return filter;
  }

  /** AND and OR may not be mixed without parentheses. */
  #expression(): Filter {
    const terms = [this.#term()];
    const operator = this.#peek();
    if (operator !== 'AND' && operator !== 'OR') return terms[0] as Filter;
    while (this.#peek() === operator) {
      this.#next += 1;
      terms.push(this.#term());
    }
    if (this.#peek() === 'AND' || this.#peek() === 'OR')
      this.#fail('AND and OR need parentheses between them');
    if (operator === 'AND') return (attributes) => terms.every((term) => term(attributes));
    return (attributes) => terms.some((term) => term(attributes));
  }

  #term(): Filter {
    const token = this.#take();
    if (token === 'NOT' || token === '-') {
      const term = this.#term();
      return (attributes) => !term(attributes);
    }
    if (token === '(') {
      const inner = this.#expression();
      this.#expect(')');
      return inner;
    }
    if (token === 'hasPrefix') return this.#hasPrefix();
    if (token === 'attributes') return this.#comparison();
    return this.#fail(`"${token ?? 'the end'}" is not expected`);
  }

  #hasPrefix(): Filter {
    for (const token of ['(', 'attributes', '.']) this.#expect(token);
    const key = this.#word();
    this.#expect(',');
    const prefix = this.#string();
    this.#expect(')');
    return (attributes) => attributeOf(attributes, key)?.startsWith(prefix) === true;
  }

  #comparison(): Filter {
    const separator = this.#take();
    const key = this.#word();
    if (separator === ':') return (attributes) => attributeOf(attributes, key) !== undefined;
    if (separator !== '.') return this.#fail('attributes is followed by "." or ":"');
    const operator = this.#take();
    if (operator !== '=' && operator !== '!=') return this.#fail('an attribute is compared with = or !=');
    const wanted = this.#string();
    return (attributes) => (attributeOf(attributes, key) === wanted) === (operator === '=');
  }

  #word(): string {
    if (this.#peek()?.startsWith('"')) return this.#string();
    const token = this.#take();
    return token && /^[A-Za-z_]/.test(token) ? token : this.#fail('an attribute name is expected');
  }

  #string(): string {
    const token = this.#take();
    if (!token?.startsWith('"')) return this.#fail('a value in double quotes is expected');
    return token.slice(1, -1).replace(/\\(.)/g, '$1');
  }

  #expect(wanted: string): void {
    if (this.#take() !== wanted) this.#fail(`"${wanted}" is expected`);
  }

  #take(): string | undefined {
    const token = this.#tokens[this.#next];
    this.#next += 1;
    return token;
  }

  #peek(): string | undefined {
    return this.#tokens[this.#next];
  }

  #fail(reason: string): never {
    throw new PubSubError('INVALID_ARGUMENT', `The filter ${this.#source} is not valid: ${reason}.`);
  }
}

function attributeOf(attributes: Record<string, string>, key: string): string | undefined {
  return Object.hasOwn(attributes, key) ? attributes[key] : undefined;
}
