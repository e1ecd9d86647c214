import type { Secrets } from '../../kernel/ports/secrets.ts';

/**
 * Keys from the environment, where Secret Manager puts them: `access-tokens` is read from
 * `MEWAYZ_SECRET_ACCESS_TOKENS`, at least 32 bytes in base64url (`openssl rand 32 | basenc --base64url`).
 */
export function createEnvironmentSecrets(variables: Readonly<Record<string, string | undefined>>): Secrets {
  return {
    key: async (name) => {
      const variable = `MEWAYZ_SECRET_${name.toUpperCase().replaceAll('-', '_')}`;
      const text = variables[variable]?.trim();
      if (!text) throw new Error(`set ${variable}: the platform needs this secret`);
      const key = new Uint8Array(Buffer.from(text, 'base64url'));
      if (!/^[\w-]+={0,2}$/.test(text) || key.length < 32)
        throw new Error(`${variable} must be at least 32 bytes in base64url`);
      return key;
    },
  };
}
