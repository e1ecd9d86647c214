import type { Registry } from '../registry.ts';
import { httpFunctions } from './operations.ts';

const REGION = 'europe-west1';
/** The function that serves whatever is no API path: the portal and the tenants' public sites. */
const PORTAL = 'portal';

interface Rewrite {
  readonly source: string;
  readonly function: { readonly functionId: string; readonly region: string };
}

/** `firebase.json`: one rewrite a function, longest path first, so that `/contacts/merge` wins over `/contacts/{id}`. */
export function firebaseConfiguration(registry: Registry): unknown {
  const rewrites: Rewrite[] = [];
  for (const [functionId, operations] of httpFunctions(registry)) {
    const sources = new Set(operations.map(({ path }) => path.replace(/\/\{.*$/, '{,/**}')));
    // A collection's own actions stand beside its ids: its base pattern covers both.
    const broad = [...sources]
      .filter((source) => source.endsWith('{,/**}'))
      .map((source) => source.slice(0, -'{,/**}'.length));
    const kept = [...sources].filter(
      (source) =>
        source.endsWith('{,/**}') || !broad.some((base) => source === base || source.startsWith(`${base}/`)),
    );
    for (const source of kept) rewrites.push({ source, function: { functionId, region: REGION } });
  }
  const depth = (source: string): number => source.replace('{,/**}', '').split('/').length;
  rewrites.sort((a, b) => depth(b.source) - depth(a.source) || (a.source < b.source ? -1 : 1));
  return {
    functions: [
      {
        source: 'functions',
        codebase: 'default',
        predeploy: ['npm run build -w functions'],
        runtime: 'nodejs24',
        ignore: ['node_modules', 'src', '**/*.test.*'],
      },
    ],
    firestore: { rules: 'firestore.rules', indexes: 'firestore.indexes.json' },
    hosting: {
      public: 'web/public',
      ignore: ['firebase.json', '**/.*'],
      rewrites: [...rewrites, { source: '**', function: { functionId: PORTAL, region: REGION } }],
    },
  };
}
