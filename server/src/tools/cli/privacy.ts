import type { EraseReply, UserDataReply } from '@clickledger/contract';
import { ConfigError, readConfig } from '../../config.js';
import { findServer, readSecrets } from '../../embedded/data-dir.js';
import { messageOf } from '../../lib/log.js';
import { call, showKey } from './api-call.js';

const USAGE = `Usage: npm run privacy -- export USER_ID
       npm run privacy -- erase USER_ID

  export   prints everything that is held of a user, as JSON
  erase    takes the user off their clicks, in the ledger and in analytics; the clicks stay and are counted

  Through the server that runs on DATA_DIR. More: docs/privacy.md
`;

async function main(): Promise<void> {
  const [what, userId, ...rest] = process.argv.slice(2).filter((word, i) => !(i === 0 && word === 'privacy'));
  if ((what !== 'export' && what !== 'erase') || !userId || rest.length > 0) throw new ConfigError(USAGE);
  const config = readConfig(process.env);
  const url = findServer(config.dataDir);
  if (!url) throw new ConfigError('No server runs on this DATA_DIR. Start it: npm start');
  showKey(config.apiKey ?? readSecrets(config.dataDir).operatorToken);
  const route = `${url}/api/v1/admin/privacy/${what}`;
  if (what === 'export') {
    console.log(JSON.stringify(await call<UserDataReply>(route, { user_id: userId }), null, 2));
    return;
  }
  const { clicks } = await call<EraseReply>(route, { user_id: userId });
  console.log(`\n  ${clicks.toLocaleString('en')} clicks no longer name the user.\n`);
}

main().catch((error: unknown) => {
  console.error(`\n  ${messageOf(error)}\n`);
  process.exit(1);
});
