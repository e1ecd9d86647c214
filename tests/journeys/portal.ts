/** The self-hosted server with its portal, and people who use it in real browsers. */

import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll } from 'vitest';
import { type Client, createClient } from '../../scripts/demo/client.ts';
import { type Account, ROOT, type ServerOptions, startServer, type TestServer } from '../support/server.ts';

/** Where Chromium is, which `npm test` finds out; without one the browser tests are skipped. */
export const CHROMIUM = process.env.CHROMIUM_PATH ?? ['/usr/bin/chromium'].find((place) => existsSync(place));

const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];
const ARTIFACTS = path.join(ROOT, 'tests', '.artifacts');

export interface Person extends Account {
  /** The public API, as this person. */
  readonly client: Client;
  /** A page of a browser of its own, with its own cookies, signed in and at the dashboard. */
  open(options?: BrowserContextOptions): Promise<Page>;
}

export interface Portal {
  readonly server: TestServer;
  /** A page of a browser that nobody has signed in to. */
  visit(options?: BrowserContextOptions): Promise<Page>;
  /** Registers somebody with an organisation of their own, whose amounts are pounds. */
  newPerson(name?: string): Promise<Person>;
}

/**
 * Starts server and browser for the tests of one file, and ends both. What a page throws, or a request that the server
 * fails, is an error of the test; pages of failed tests are kept as pictures in tests/.artifacts.
 */
export function usePortal(options: Pick<ServerOptions, 'environment'> = {}): Portal {
  let server: TestServer;
  let browser: Browser;
  let pages: Page[] = [];
  let faults: string[] = [];

  beforeAll(async () => {
    [server, browser] = await Promise.all([
      startServer(options),
      chromium.launch({ executablePath: CHROMIUM ?? '', args: FLAGS }),
    ]);
  });
  afterAll(async () => {
    await browser?.close();
    await server?.remove();
  });
  afterEach(async ({ task }) => {
    const [used, found] = [pages, faults];
    [pages, faults] = [[], []];
    if (task.result?.state === 'fail') await keepPictures(used, task.name);
    await Promise.all(used.map((page) => page.context().close()));
    const { exitCode, signalCode } = server.process;
    if (exitCode !== null || signalCode !== null)
      found.push(`the server ended with ${signalCode ?? exitCode}: ${server.output()}`);
    if (found.length > 0) throw new Error(`The portal had faults:\n${found.join('\n')}`);
  });

  const visit: Portal['visit'] = async (options) => {
    const context = await browser.newContext({ baseURL: server.url, locale: 'en-GB', ...options });
    const page = await context.newPage();
    page.on('pageerror', (error) => faults.push(`${page.url()}: ${error.stack ?? error.message}`));
    page.on('response', (response) => {
      if (response.status() >= 500) faults.push(`${response.status()} from ${response.url()}`);
    });
    pages.push(page);
    return page;
  };

  return {
    get server() {
      return server;
    },
    visit,
    async newPerson(name) {
      const account = await server.register(name);
      const client = createClient(server.url).as(account.token);
      await client.post('/api/tenants/current/update', { currency: 'GBP' });
      const open: Person['open'] = async (options) => {
        const page = await visit(options);
        await signIn(page, account);
        return page;
      };
      return { ...account, client, open };
    },
  };
}

/** Pixels by which a page is wider than its window. */
export const overflow = (page: Page): Promise<number> =>
  page.evaluate<number>('document.documentElement.scrollWidth - document.documentElement.clientWidth');

async function signIn(page: Page, { email, password }: Account): Promise<void> {
  await page.goto('/sign-in');
  await page.getByLabel('Email').fill(email);
  await page.getByLabel('Password', { exact: true }).fill(password);
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Dashboard' }).waitFor();
}

async function keepPictures(pages: readonly Page[], test: string): Promise<void> {
  await mkdir(ARTIFACTS, { recursive: true });
  const name = test.replaceAll(/[^a-z0-9]+/gi, '-').slice(0, 80);
  for (const [index, page] of pages.entries())
    await page.screenshot({ path: path.join(ARTIFACTS, `${name}-${index + 1}.png`), fullPage: true });
}
