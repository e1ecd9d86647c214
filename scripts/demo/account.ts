import { randomBytes } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ApiError, type Client, type Session } from './client.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const EMAIL = 'demo@mewayz.example';

export interface DemoAccount {
  email: string;
  password: string;
  /** Where the password is kept, unless it was given. */
  keptIn: string | undefined;
  client: Client;
  tenantId: string;
}

/**
 * Registers the demonstration's user, or signs in. The password is `MEWAYZ_DEMO_PASSWORD`, else one that is made up at
 * the first run and kept beside the server's data, so that no installation has a password that others know.
 */
export async function signIn(client: Client): Promise<DemoAccount> {
  const given = process.env.MEWAYZ_DEMO_PASSWORD;
  const file = join(resolve(ROOT, process.env.MEWAYZ_DATA_DIR ?? '.data'), 'demo-password');
  const password = given ?? (await keptPassword(file));
  const session = await registerOrLogin(client, password);
  return {
    email: EMAIL,
    password,
    keptIn: given ? undefined : file,
    client: client.as(session.accessToken),
    tenantId: session.tenant.id,
  };
}

async function registerOrLogin(client: Client, password: string): Promise<Session> {
  try {
    const who = { name: 'Demo Owner', organization: 'Online Retail (demo)' };
    return await client.post<Session>('/api/auth/register', { email: EMAIL, password, ...who });
  } catch (error) {
    if (!(error instanceof ApiError) || error.code !== 'already_exists') throw error;
  }
  try {
    return await client.post<Session>('/api/auth/login', { email: EMAIL, password });
  } catch (error) {
    if (!(error instanceof ApiError) || error.status !== 401) throw error;
    const message = `${EMAIL} is registered with another password; give it as MEWAYZ_DEMO_PASSWORD.`;
    throw new Error(message, { cause: error });
  }
}

async function keptPassword(file: string): Promise<string> {
  try {
    return (await readFile(file, 'utf8')).trim();
  } catch {
    const password = randomBytes(12).toString('base64url');
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, `${password}\n`, { mode: 0o600 });
    return password;
  }
}
