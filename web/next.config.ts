import path from 'node:path';
import type { NextConfig } from 'next';
import createNextIntlPlugin from 'next-intl/plugin';

const withMessages = createNextIntlPlugin('./i18n/request.ts');

const config: NextConfig = {
  poweredByHeader: false,
  reactStrictMode: true,
  turbopack: { root: path.join(import.meta.dirname, '..') },
  images: { unoptimized: true },
  experimental: { optimizePackageImports: ['radix-ui', 'recharts'] },
  // One address has a page in each language, so no cache between server and browser may keep it.
  headers: async () => [
    { source: '/((?!_next/).*)', headers: [{ key: 'Cache-Control', value: 'private, no-cache' }] },
  ],
};

export default withMessages(config);
