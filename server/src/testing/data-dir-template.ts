import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { readConfig } from '../config.js';
import { silentLog } from '../lib/log.js';
import { startSystem } from '../system/system.js';

declare module 'vitest' {
  export interface ProvidedContext {
    dataDirTemplate: string;
  }
}

/** Shared by the projects of a run. */
const run = globalThis as { dataDirTemplate?: Promise<string> };

/**
 * Vitest's global setup of the projects with stores: a data folder whose stores were started once, migrated and stopped. `initdb` and
 * the migrations are most of a first start; a copy of the folder takes a tenth of them.
 */
export default async function provideTemplate(project: TestProject): Promise<() => void> {
  run.dataDirTemplate ??= makeTemplate();
  const folder = await run.dataDirTemplate;
  project.provide('dataDirTemplate', folder);
  return () => rmSync(folder, { recursive: true, force: true });
}

async function makeTemplate(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'clickledger-template-'));
  const system = await startSystem(readConfig({ DATA_DIR: folder, NODE_NAME: 'test' }), silentLog);
  await system.stop();
  return folder;
}
