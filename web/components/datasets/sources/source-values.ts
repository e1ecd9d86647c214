import type { Schedule, Source, SourceDraft, SourceMode } from '@/client/sources';
import { fieldsOf, type SourceField } from './source-kinds';

/** A form's values: texts at the places their fields name, lists where they are lists. */
export interface SourceValues {
  name: string;
  kind: string;
  config: Record<string, unknown>;
  /** What is stored: members of it that the form does not show stay. */
  stored: Readonly<Record<string, unknown>>;
  secrets: Record<string, string>;
  mode: SourceMode;
  key: string[];
  since: { on: boolean; field: string; kind: 'time' | 'number' | 'text'; lag: string };
  every: 'never' | Schedule['every'];
  minutes: string;
  minute: string;
  at: string;
  weekday: string;
  timezone: string;
}

const ownZone = (): string => Intl.DateTimeFormat().resolvedOptions().timeZone;

export function sourceValues(source?: Source): SourceValues {
  const { schedule, incremental } = source ?? {};
  const timed = schedule && 'at' in schedule ? schedule : undefined;
  return {
    name: source?.name ?? '',
    kind: source?.kind ?? 'url',
    config: source ? configValues(source) : {},
    stored: source?.config ?? {},
    secrets: {},
    mode: source?.mode ?? 'replace',
    key: [...(source?.key ?? [])],
    since: {
      on: incremental !== undefined,
      field: incremental?.field ?? '',
      kind: incremental?.kind ?? 'time',
      lag: String(incremental?.lag ?? ''),
    },
    every: schedule?.every ?? 'never',
    minutes: schedule?.every === 'minutes' ? String(schedule.minutes) : '15',
    minute: schedule?.every === 'hourly' ? String(schedule.minute) : '0',
    at: timed?.at ?? '06:00',
    weekday: schedule?.every === 'weekly' ? String(schedule.weekday) : '1',
    timezone: timed?.timezone ?? ownZone(),
  };
}

/** The value at a dotted place. */
export function valueAt(values: unknown, at: string): unknown {
  let value = values;
  for (const name of at.split('.')) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = (value as Record<string, unknown>)[name];
  }
  return value;
}

function put(target: Record<string, unknown>, at: string, value: unknown): void {
  const names = at.split('.');
  const last = names.pop() ?? '';
  let object = target;
  for (const name of names) {
    object[name] ??= {};
    object = object[name] as Record<string, unknown>;
  }
  object[last] = value;
}

/** Whether a field is part of the form as it stands. */
export const isShown = ({ when }: SourceField, values: Pick<SourceValues, 'config' | 'kind'>): boolean => {
  if (!when) return true;
  const initial = fieldsOf(values.kind).find(({ at }) => at === when.at)?.initial ?? '';
  return when.is.includes(String(valueAt(values, when.at) ?? initial));
};

function configValues({ kind, config }: Source): Record<string, unknown> {
  const shown: { config: Record<string, unknown> } = { config: {} };
  for (const { at, input } of fieldsOf(kind)) {
    const value = valueAt({ config }, at);
    if (value !== undefined) put(shown, at, input === 'tags' ? value : textOf(input, value));
  }
  const auth = config.auth as { readonly type: string; readonly header?: string } | undefined;
  if (auth?.type === 'api-key') put(shown, 'config.auth.type', auth.header ? 'key-header' : 'key-parameter');
  return shown.config;
}

function textOf(input: SourceField['input'], value: unknown): string {
  if (typeof value !== 'object' || value === null) return String(value);
  if (input !== 'lines') return JSON.stringify(value, null, 2);
  return Object.entries(value)
    .map(([name, text]) => `${name}: ${String(text)}`)
    .join('\n');
}

/** What is typed into a field, as the API has it; undefined when it is empty. Throws a SyntaxError for JSON that is none. */
function parsed({ input }: SourceField, value: unknown): unknown {
  if (Array.isArray(value)) return value.length > 0 ? value : undefined;
  const text = String(value ?? '').trim();
  if (text === '' || (input === 'choice' && (text === 'automatic' || text === 'none'))) return undefined;
  if (input === 'number') return Number(text);
  if (input === 'json') return JSON.parse(text);
  if (input !== 'lines') return text;
  return Object.fromEntries(
    text.split('\n').flatMap((line) => {
      const [, name = '', rest = ''] = /^\s*([^:=\s]+)\s*[:=]\s*(.*?)\s*$/.exec(line) ?? [];
      return name ? [[name, rest]] : [];
    }),
  );
}

/** Where the sources go and with what: what a preview is asked for. */
export function placeOf(values: SourceValues): Pick<SourceDraft, 'config' | 'secrets'> {
  const body: { config: Record<string, unknown>; secrets: Record<string, unknown> } = {
    config: { kind: values.kind },
    secrets: {},
  };
  for (const field of fieldsOf(values.kind)) {
    if (!isShown(field, values)) continue;
    const value = parsed(field, valueAt(values, field.at) ?? field.initial);
    if (value !== undefined) put(body, field.at, value);
  }
  const auth = body.config.auth as Record<string, unknown> | undefined;
  if (typeof auth?.type === 'string' && auth.type.startsWith('key-')) auth.type = 'api-key';
  const secrets = body.secrets as Record<string, string>;
  return {
    config: withUnshown(values, body.config),
    ...(Object.keys(secrets).length > 0 ? { secrets } : {}),
  };
}

/** Adds what was set by the API and is not in the form, also within members that still are of the same type. */
function withUnshown(
  { kind, stored }: SourceValues,
  config: Record<string, unknown>,
): Record<string, unknown> {
  const shown = new Set(fieldsOf(kind).map(({ at }) => at.slice('config.'.length)));
  const merged = { ...config };
  for (const [name, before] of Object.entries(stored)) {
    const now = config[name];
    if (![...shown].some((at) => at === name || at.startsWith(`${name}.`))) merged[name] ??= before;
    else if (isObject(before) && isObject(now) && before.type === now.type)
      merged[name] = {
        ...Object.fromEntries(Object.entries(before).filter(([member]) => !shown.has(`${name}.${member}`))),
        ...now,
      };
  }
  return merged;
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** What the API is sent. */
export function sourceDraft(values: SourceValues): SourceDraft {
  const { since, mode, key } = values;
  const schedule = scheduleOf(values);
  const lag = Number(since.lag);
  return {
    name: values.name.trim(),
    ...placeOf(values),
    mode,
    ...(mode === 'upsert' && key.length > 0 ? { key } : {}),
    ...(schedule ? { schedule } : {}),
    ...(since.on && mode !== 'replace'
      ? {
          incremental: {
            field: since.field,
            kind: since.kind,
            ...(lag > 0 && mode === 'upsert' ? { lag } : {}),
          },
        }
      : {}),
  };
}

function scheduleOf({ every, minutes, minute, at, weekday, timezone }: SourceValues): Schedule | undefined {
  if (every === 'minutes') return { every, minutes: Number(minutes) };
  if (every === 'hourly') return { every, minute: Number(minute) };
  if (every === 'daily') return { every, at, timezone };
  if (every === 'weekly') return { every, weekday: Number(weekday), at, timezone };
  return undefined;
}
