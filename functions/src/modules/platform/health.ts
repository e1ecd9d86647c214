import { z } from 'zod';
import { defineEndpoint } from '../../kernel/define.ts';
import { checkHealth, healthOutput } from '../../kernel/health.ts';

export const health = defineEndpoint({
  name: 'platform.health',
  path: '/api/health',
  method: 'GET',
  summary: 'Whether the platform and what it stands on answer',
  access: 'public',
  input: z.object({}),
  output: healthOutput,
  example: {},
  handle: checkHealth,
});
