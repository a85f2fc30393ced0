import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readlinkSync, symlinkSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { temporaryFolder } from '../folders.js';

/** A built checkout of this repository. */
export interface Build {
  root: string;
  /** Short id of the commit, with `+` when files differ from it; the folder's name where there is no git. */
  commit: string;
  subject: string;
}

const git = (root: string, ...args: string[]) =>
  execFileSync('git', ['-C', root, ...args], { encoding: 'utf8' }).trim();

export const serverDistOf = (root: string): string => join(root, 'server/dist');

/** A path is used as it is; a commit is checked out into a temporary folder and built there. */
export function resolveBuild(pathOrCommit: string, here: string): Build {
  return existsSync(pathOrCommit) ? builtAt(resolve(pathOrCommit)) : checkOut(pathOrCommit, here);
}

/** The build in a checkout. */
export function builtAt(root: string): Build {
  if (!existsSync(join(serverDistOf(root), 'main.js')))
    throw new Error(`${root} has no server/dist/main.js: build it there first (npm run build)`);
  if (!existsSync(join(root, '.git'))) return { root, commit: basename(root), subject: 'no git checkout' };
  const isChanged = git(root, 'status', '--porcelain', '--untracked-files=no') !== '';
  const [commit = '', subject = ''] = git(root, 'log', '-1', '--format=%h%n%s').split('\n');
  return { root, commit: commit + (isChanged ? '+' : ''), subject };
}

function checkOut(name: string, here: string): Build {
  const [commit = '', subject = ''] = git(here, 'log', '-1', '--format=%h%n%s', name, '--').split('\n');
  const root = temporaryFolder('bench-build');
  console.log(`Building ${commit} (${subject})`);
  execFileSync('sh', ['-c', 'git -C "$1" archive "$2" | tar -x -C "$3"', 'sh', here, commit, root]);
  const sameLock = git(here, 'diff', '--name-only', commit, '--', 'package-lock.json') === '';
  const inBuild = { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] as ['ignore', 'ignore', 'inherit'] };
  if (sameLock) linkPackages(here, root);
  else execFileSync('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], inBuild);
  const script = "import('./scripts/lib.mjs').then(({ build }) => build())";
  execFileSync(process.execPath, ['-e', script], inBuild);
  return { root, commit, subject };
}

/** The packages of another checkout with the same lock file; the workspaces' own names lead to this checkout. */
function linkPackages(from: string, to: string): void {
  const packages = join(to, 'node_modules');
  const names = join(packages, '@clickledger');
  mkdirSync(names, { recursive: true });
  for (const name of readdirSync(join(from, 'node_modules')))
    if (name !== '@clickledger' && !/^\.(?:clickledger|vite)/.test(name))
      symlinkSync(join(from, 'node_modules', name), join(packages, name));
  for (const name of readdirSync(join(from, 'node_modules/@clickledger')))
    symlinkSync(readlinkSync(join(from, 'node_modules/@clickledger', name)), join(names, name));
  for (const workspace of readdirSync(to)) {
    const own = join(from, workspace, 'node_modules');
    if (workspace !== 'node_modules' && existsSync(own))
      symlinkSync(own, join(to, workspace, 'node_modules'));
  }
}
