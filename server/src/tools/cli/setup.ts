import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { LIMITS } from '@clickledger/contract';
import { pino } from 'pino';
import { readConfig } from '../../config.js';
import { findServer } from '../../embedded/data-dir.js';
import { buildApp } from '../../http/server/app.js';
import { messageOf } from '../../lib/log.js';
import { startSystem } from '../../system/system.js';
import { call } from './api-call.js';

const USAGE = `Usage: npm run setup [-- EMAIL]

  Makes the first owner, and so closes a server that is open (protected mode). Email and password are asked for, or read from
  the lines of the input. Needs no running server: without one the ledger is opened for it.
`;

/** Asks on the terminal, or takes the lines of a pipe; a password is not shown. */
function openTerminal() {
  let isMuted = false;
  const shown = new Writable({
    write(chunk, _encoding, done) {
      if (!isMuted) process.stdout.write(chunk);
      done();
    },
  });
  const isTerminal = process.stdin.isTTY === true;
  const terminal = createInterface({ input: process.stdin, output: shown, terminal: isTerminal });
  // A pipe may bring all lines at once: those that nobody asked for yet are kept.
  const lines = terminal[Symbol.asyncIterator]();
  return {
    async ask(question: string, isSecret: boolean): Promise<string> {
      terminal.setPrompt(question);
      terminal.prompt();
      isMuted = isSecret;
      const { value, done } = await lines.next();
      isMuted = false;
      if (isSecret || !isTerminal) process.stdout.write('\n');
      if (done) throw new Error('The input ended before it was answered.');
      return value.trim();
    },
    close: () => terminal.close(),
  };
}

async function main(): Promise<void> {
  const words = process.argv.slice(2).filter((word, i) => !(i === 0 && word === 'setup'));
  if (words.includes('--help')) return console.log(USAGE);
  const config = readConfig({ ...process.env, HOST: undefined, PORT: '0', ROLES: 'ingest' });
  const running = findServer(config.dataDir);
  const system = running ? null : await startSystem(config, pino({ level: 'error' }, pino.destination(2)));
  const app = system && (await buildApp(system.services, { trustedProxies: [] }));
  const terminal = openTerminal();
  try {
    const url = running ?? (await app?.listen({ host: '127.0.0.1', port: 0 })) ?? '';
    const email = words[0] ?? (await terminal.ask('  Email of the owner: ', false));
    const password = await terminal.ask(
      `  Password (at least ${LIMITS.passwordLengthMin} characters): `,
      true,
    );
    await call(`${url}/api/v1/auth/setup`, { email, password });
    console.log(`\n  ${email} is the owner. From now on everybody signs in.\n`);
  } finally {
    terminal.close();
    await app?.close();
    await system?.stop();
  }
}

main().then(
  () => process.exit(0),
  (error: unknown) => {
    console.error(`\n  ${messageOf(error)}\n`);
    process.exit(1);
  },
);
