import path from 'node:path';
import type { NextConfig } from 'next';
import createNextIntlPlugin from 'next-intl/plugin';

const withMessages = createNextIntlPlugin('./i18n/request.ts');

const config: NextConfig = {
  poweredByHeader: false,
  reactStrictMode: true,
  turbopack: { root: path.join(import.meta.dirname, '..') },
  // The two ways to move about are links and the palette; neither needs an image service.
  images: { unoptimized: true },
  experimental: { optimizePackageImports: ['radix-ui', 'recharts'] },
};

export default withMessages(config);
