import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect } from 'vitest';
import { newDataDir } from '../../server/src/testing/data-dir.js';
import { Api } from './api.js';
import { launchBrowser, newPage } from './browser.js';
import { removeDataDir, type ServerProcess, startServer } from './server-process.js';

// Vitest loads every test file with modules of its own, so these are that file's.
export let server: ServerProcess;
export let browser: Browser;
/** The running test's. */
export let page: Page;
/** Asks the server as nobody: on an open server, as everybody. */
export let api: Api;

const settings: Record<string, string> = { TRUSTED_PROXIES: '127.0.0.1,::1' };
let dataDir: string;
/** Errors of the pages' own code, and requests to other hosts. */
const faults: string[] = [];

/**
 * One server and one browser for the tests of a file, and a page of its own for each test. A test fails when its page's code throws,
 * or when the page asks another host.
 */
export function useServer({
  env = {},
  folder = newDataDir(),
}: {
  env?: Record<string, string>;
  folder?: string;
} = {}): void {
  Object.assign(settings, env);
  dataDir = folder;
  beforeAll(async () => {
    [server, browser] = await Promise.all([startServer(dataDir, settings), launchBrowser()]);
    api = new Api(server.url);
  });
  afterAll(async () => {
    await browser?.close();
    await server?.end('SIGTERM');
    removeDataDir(dataDir);
  });
  beforeEach(async () => {
    page = await newPage(browser);
    page.on('pageerror', (error) => faults.push(error.message));
    page.on('request', (request) => {
      const { protocol, hostname, href } = new URL(request.url());
      if (/^http/.test(protocol) && !['127.0.0.1', 'localhost'].includes(hostname)) faults.push(href);
    });
  });
  afterEach(async () => {
    await page.close();
    expect(faults.splice(0)).toEqual([]);
  });
}

/** Starts the server that was ended again, on the same port and folder. */
export async function startServerAgain(): Promise<void> {
  server = await startServer(dataDir, { ...settings, PORT: new URL(server.url).port });
}
