/** Finds the functions among a module's exports, as firebase-functions' own loader does (runtime/loader.js). */

/** What a function says about itself in `__endpoint`. Options that nobody set are ResetValue objects, not values. */
export interface Endpoint {
  httpsTrigger?: object;
  callableTrigger?: object;
  taskQueueTrigger?: { rateLimits?: Record<string, unknown>; retryConfig?: Record<string, unknown> };
  scheduleTrigger?: { schedule: unknown; timeZone?: unknown; retryConfig?: Record<string, unknown> };
  eventTrigger?: {
    eventType: string;
    eventFilters: Record<string, unknown>;
    eventFilterPathPatterns?: Record<string, unknown>;
    retry: unknown;
  };
  blockingTrigger?: object;
  timeoutSeconds?: unknown;
  concurrency?: unknown;
}

/** An exported function takes a request and a response, or a CloudEvent. */
export type CloudFunction = ((...inputs: unknown[]) => unknown) & { __endpoint: Endpoint };

/** Functions by name. Those of nested objects are named like `crm-contacts-merge`. */
export function findFunctions(exports: object, prefix = ''): Map<string, CloudFunction> {
  const found = new Map<string, CloudFunction>();
  for (const [name, value] of Object.entries(exports)) {
    if (isCloudFunction(value)) found.set(prefix + name, value);
    else if (typeof value === 'object' && value !== null) {
      for (const [inner, fn] of findFunctions(value, `${prefix}${name}-`)) found.set(inner, fn);
    }
  }
  return found;
}

function isCloudFunction(value: unknown): value is CloudFunction {
  return typeof value === 'function' && '__endpoint' in value && typeof value.__endpoint === 'object';
}

/** The value of an option that may be unset or a parameter expression. */
export function optionValue(option: unknown): unknown {
  if (typeof option !== 'object' || option === null) return option;
  return 'value' in option && typeof option.value === 'function' ? option.value() : undefined;
}

export function numberOption(option: unknown): number | undefined {
  const value = optionValue(option);
  return typeof value === 'number' ? value : undefined;
}

export function stringOption(option: unknown): string | undefined {
  const value = optionValue(option);
  return typeof value === 'string' ? value : undefined;
}
