import { randomBytes } from 'node:crypto';
import { expect, it } from 'vitest';
import { secretsContract } from '../../kernel/testing/contracts/secrets.ts';
import { createEnvironmentSecrets } from './index.ts';

const variables = {
  MEWAYZ_SECRET_FIRST_KEY: randomBytes(32).toString('base64url'),
  MEWAYZ_SECRET_SECOND_KEY: randomBytes(48).toString('base64url'),
  MEWAYZ_SECRET_SHORT: 'c2hvcnQ',
};
secretsContract('environment', async () => createEnvironmentSecrets(variables));

it('names the variable that is missing or too short', async () => {
  const secrets = createEnvironmentSecrets(variables);
  await expect(secrets.key('access-tokens')).rejects.toThrow('MEWAYZ_SECRET_ACCESS_TOKENS');
  await expect(secrets.key('short')).rejects.toThrow('MEWAYZ_SECRET_SHORT must be at least 32 bytes');
});
