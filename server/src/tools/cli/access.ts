import { parseArgs } from 'node:util';
import type { MadeApiKey, MadeTenant, MeReply, ResetLinkReply } from '@clickledger/contract';
import { ConfigError, readConfig } from '../../config.js';
import { findServer, readSecrets } from '../../embedded/data-dir.js';
import { messageOf } from '../../lib/log.js';
import { call, showKey } from './api-call.js';

const USAGE = `Usage: npm run access -- COMMAND, on the machine of a running server (DATA_DIR says which)

  key NAME [--scopes ingest,read,admin]   makes an API key of the first organization and prints it
  tenant SLUG NAME EMAIL                  sets up an organization, and a link for its first owner
  reset-link EMAIL [SLUG]                 a link by which a member chooses a new password; the organization, if they are in several
  status                                  whether access is configured
`;

class UsageError extends Error {}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    args: process.argv.slice(2).filter((word, i) => !(i === 0 && word === 'access')),
    options: { scopes: { type: 'string', default: 'read' }, help: { type: 'boolean' } },
    allowPositionals: true,
  });
  const [command, ...given] = positionals;
  if (values.help || !command) throw new UsageError(USAGE);
  const config = readConfig(process.env);
  const url = findServer(config.dataDir);
  if (!url) throw new ConfigError('No server runs on this DATA_DIR. Start it: npm start');
  showKey(readSecrets(config.dataDir).operatorToken);
  const page = config.publicUrl ?? url;
  const api = `${url}/api/v1`;

  if (command === 'status') {
    const { mode } = await call<MeReply>(`${api}/auth/me`);
    console.log(
      mode === 'protected' ? '\n  Protected mode: nothing is configured.\n' : '\n  Access is configured.\n',
    );
  } else if (command === 'key' && given[0]) {
    const { key } = await call<MadeApiKey>(`${api}/keys`, {
      name: given[0],
      scopes: values.scopes.split(','),
    });
    console.log(`\n  ${key}\n\n  This key is shown only once.\n`);
  } else if (command === 'tenant' && given.length === 3) {
    const [slug, name, owner_email] = given;
    const { invitation } = await call<MadeTenant>(`${api}/admin/tenants`, { slug, name, owner_email });
    console.log(
      invitation.token === null
        ? `\n  A mail with a link is on its way to ${invitation.email}.\n`
        : `\n  For ${invitation.email}, within seven days:\n  ${page}/invitation#${invitation.token}\n`,
    );
  } else if (command === 'reset-link' && given[0]) {
    const [email, tenant] = given;
    const { token } = await call<ResetLinkReply>(`${api}/admin/reset-links`, { email, tenant });
    console.log(`\n  Good for an hour, once:\n  ${page}/reset#${token}\n`);
  } else throw new UsageError(USAGE);
}

main().catch((error: unknown) => {
  console.error(`\n  ${messageOf(error)}\n`);
  process.exit(1);
});
