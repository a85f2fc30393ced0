import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { LIMITS } from '@clickledger/contract';
import { pino } from 'pino';
import { readConfig } from '../config.js';
import { findServer } from '../embedded/data-dir.js';
import { buildApp } from '../http/app.js';
import { messageOf } from '../log.js';
import { startSystem } from '../system.js';
import { call } from './api-call.js';

const USAGE = `Usage: npm run setup [-- EMAIL]

  Makes the first owner, and so closes a server that is open (protected mode). The password is asked for, or read from the first
  line of the input. Needs no running server: without one the ledger is opened for it.
`;

/** Asks on the terminal; a password is not shown. */
async function ask(question: string, isSecret: boolean): Promise<string> {
  const shown = new Writable({
    write(chunk, _encoding, done) {
      if (!isMuted) process.stdout.write(chunk);
      done();
    },
  });
  let isMuted = false;
  const terminal = createInterface({
    input: process.stdin,
    output: shown,
    terminal: process.stdin.isTTY === true,
  });
  try {
    const answer = terminal.question(question);
    isMuted = isSecret;
    return (await answer).trim();
  } finally {
    terminal.close();
    if (isSecret) process.stdout.write('\n');
  }
}

async function main(): Promise<void> {
  const words = process.argv.slice(2).filter((word, i) => !(i === 0 && word === 'setup'));
  if (words.includes('--help')) return console.log(USAGE);
  const config = readConfig({ ...process.env, HOST: undefined, PORT: '0', ROLES: 'ingest' });
  const running = findServer(config.dataDir);
  const system = running ? null : await startSystem(config, pino({ level: 'error' }, pino.destination(2)));
  const app = system && (await buildApp(system.services, { trustedProxies: [] }));
  try {
    const url = running ?? (await app?.listen({ host: '127.0.0.1', port: 0 })) ?? '';
    const email = words[0] ?? (await ask('  Email of the owner: ', false));
    const password = await ask(`  Password (at least ${LIMITS.passwordLengthMin} characters): `, true);
    await call(`${url}/api/v1/auth/setup`, { email, password });
    console.log(`\n  ${email} is the owner. From now on everybody signs in.\n`);
  } finally {
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
