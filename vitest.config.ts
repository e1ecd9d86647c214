import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: [
      'functions/src/**/*.test.ts',
      'selfhost/**/*.test.ts',
      'emulators/**/*.test.ts',
      'googlesql/**/*.test.ts',
      'tests/**/*.test.ts',
      'web/{client,components,i18n,messages,views}/**/*.test.ts',
      'scripts/**/*.test.ts',
    ],
    // Two cores: more workers only wait for each other.
    maxWorkers: 2,
    pool: 'forks',
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
});
