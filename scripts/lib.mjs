// What `npm start`, `npm test` and the commands share. Needs nothing but Node.js: it runs before anything is installed.
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));
process.chdir(root);

const STAMPS = join(root, 'node_modules', '.clickledger');

export function fail(message) {
  console.error(`\n  ${message}\n`);
  process.exit(1);
}

/** Runs a command with its output on the terminal; ends the process with its code if it fails. */
export function run(title, command, args, options = {}) {
  if (title) console.log(`• ${title}`);
  const { status, error } = spawnSync(command, args, { cwd: root, stdio: 'inherit', ...options });
  if (error) fail(`${command}: ${error.message}`);
  if (status !== 0) process.exit(status ?? 1);
}

const stampOf = (name) => join(STAMPS, name);
const isFresh = (name, hash) => existsSync(stampOf(name)) && readFileSync(stampOf(name), 'utf8') === hash;
function stamp(name, hash) {
  mkdirSync(STAMPS, { recursive: true });
  writeFileSync(stampOf(name), hash);
}

/** A hash over names, sizes and times of the files below: cheap, and changes when any of them does. */
function hashOf(paths) {
  const hash = createHash('sha256');
  const visit = (path) => {
    if (!existsSync(path)) return;
    const info = statSync(path);
    if (info.isDirectory()) {
      for (const name of readdirSync(path).sort())
        if (!['node_modules', 'dist', 'dist-types'].includes(name)) visit(join(path, name));
    } else if (!path.endsWith('.tsbuildinfo')) hash.update(`${path} ${info.size} ${info.mtimeMs}\n`);
  };
  for (const path of paths) visit(path);
  return hash.digest('hex');
}

export function checkNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major < 20 || (major === 20 && minor < 19))
    fail(`Node.js 20.19 or newer is needed; this is ${process.version}.`);
}

/** Installs the packages of the lock file, unless they are there. */
export function install() {
  const hash = createHash('sha256')
    .update(readFileSync('package-lock.json'))
    .update(process.version)
    .digest('hex');
  if (isFresh('install', hash)) return;
  run('Installing packages (first start: a minute or two, about 800 MB)', 'npm', [
    'ci',
    '--no-audit',
    '--no-fund',
    '--loglevel=error',
  ]);
  stamp('install', hash);
}

/** Builds contract, traffic, server and dashboard, unless nothing changed since the last build. */
export function build() {
  const hash = hashOf([
    'contract',
    'traffic',
    'server',
    'web',
    'sdk',
    'scripts',
    'tsconfig.base.json',
    'package-lock.json',
  ]);
  if (isFresh('build', hash) && existsSync('server/dist/main.js') && existsSync('web/dist/index.html'))
    return;
  run('Building server', process.execPath, [
    'node_modules/typescript/bin/tsc',
    '-b',
    'contract',
    'traffic',
    'server',
    'web',
    'sdk',
  ]);
  run(null, process.execPath, ['scripts/copy-assets.mjs']);
  run(
    'Building dashboard',
    process.execPath,
    [join(root, 'node_modules/vite/bin/vite.js'), 'build', '--logLevel', 'warn'],
    { cwd: join(root, 'web') },
  );
  // Into the folder of the dashboard, which its build has emptied.
  run(null, process.execPath, [join(root, 'node_modules/vite/bin/vite.js'), 'build', '--logLevel', 'warn'], {
    cwd: join(root, 'sdk'),
  });
  stamp('build', hash);
}

function find(program) {
  try {
    return execFileSync('/bin/sh', ['-c', `command -v ${program}`], { encoding: 'utf8' }).trim();
  } catch {
    return null;
  }
}

/** Programs that only the tests need. As root on a Debian-like system they are installed, elsewhere we say how. */
export function ensurePrograms(programs) {
  const missing = programs.filter(({ program }) => !find(program));
  if (missing.length === 0) return;
  const packages = missing.map((one) => one.package);
  if (process.getuid?.() === 0 && find('apt-get')) {
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    run(`Installing ${packages.join(', ')} for the tests`, 'apt-get', ['update', '-qq'], {
      env,
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    run(null, 'apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...packages], {
      env,
      stdio: ['ignore', 'ignore', 'inherit'],
    });
  }
  const still = missing.filter(({ program }) => !find(program));
  if (still.length > 0)
    fail(
      `The tests need ${still.map((one) => one.program).join(' and ')}. Install: apt-get install ${still.map((one) => one.package).join(' ')} (or your system's packages).`,
    );
}
