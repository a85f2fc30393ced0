import { AuditReply, type ListEntryReply } from '@clickledger/contract';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { recordAudit } from '../../audit/audit.js';
import { NO_FACTS } from '../../click/facts.js';
import { toImportBatch } from '../../ingest/import-wire.js';
import { inTransaction } from '../../lib/transaction.js';
import { startTestSystem, type TestSystem } from '../../testing/system.js';

let system: TestSystem;
beforeAll(async () => {
  system = await startTestSystem({ WEBHOOK_PRIVATE_RANGES: '127.0.0.0/8' });
});
afterAll(() => system?.close());

const audit = async (query = '') =>
  AuditReply.parse(await system.get(`/api/v1/admin/audit${query && `?${query}`}`));
const send = async (method: 'PUT' | 'PATCH' | 'POST' | 'DELETE', url: string, payload?: object) => {
  const response = await system.app.inject({ method, url, ...(payload && { payload }) });
  expect(response.statusCode).toBeLessThan(300);
  return response;
};
/** What the log has more than before. */
const added = async (work: () => Promise<unknown>) => {
  const last = (await audit('limit=1')).data[0]?.audit_id ?? 0;
  await work();
  const { data } = await audit();
  return data.filter(({ audit_id }) => audit_id > last).reverse();
};

describe('what is done is in the audit log', () => {
  it('prices, budgets and names, before and after, and nothing when nothing changes', async () => {
    const entries = await added(async () => {
      await send('PUT', '/api/v1/campaigns/c', { advertiser_id: 'a', cost_per_click_micros: 100 });
      await send('PATCH', '/api/v1/campaigns/c', { cost_per_click_micros: 250, status: 'paused' });
      await send('PATCH', '/api/v1/campaigns/c', { cost_per_click_micros: 250 });
      await send('PUT', '/api/v1/advertisers/a', { name: 'Acme' });
    });
    expect(entries).toMatchObject([
      {
        actor: 'protected mode',
        action: 'campaign.create',
        subject: 'c',
        before: null,
        after: { advertiser_id: 'a', cost_per_click_micros: 100, status: 'active' },
      },
      {
        before: { cost_per_click_micros: 100, status: 'active' },
        after: { cost_per_click_micros: 250, status: 'paused' },
      },
      // Setting its campaign up made it known; this names it.
      { action: 'advertiser.change', subject: 'a', before: { name: null }, after: { name: 'Acme' } },
    ]);
    expect(Object.keys(entries[1]?.after ?? {})).toHaveLength(2);
    expect(entries[0]?.after).not.toHaveProperty('name');
    // The campaign's own history is the same log.
    const changes = await system.get<{ data: { field: string }[] }>('/api/v1/campaigns/c/changes');
    expect(changes.data.map(({ field }) => field)).toEqual([
      ...['status', 'cost_per_click_micros'],
      ...['status', 'cost_per_click_micros', 'advertiser_id'],
    ]);
  });

  it('rules, with the old and the new setting and why', async () => {
    const off = { state: 'off' };
    const entries = await added(() =>
      send('PUT', '/api/v1/fraud/rules', { bot_user_agent: off, note: 'noisy' }),
    );
    expect(entries).toMatchObject([
      {
        action: 'rules.change',
        subject: 'version 1',
        before: { bot_user_agent: { state: 'on' } },
        after: { bot_user_agent: off, note: 'noisy' },
      },
    ]);
  });

  it('lists, without the person or the address that an entry names', async () => {
    const entries = await added(async () => {
      const user = { list: 'block', kind: 'user', value: 'jane@example.com', note: '', expires_at: null };
      const { entry_id } = (await send('POST', '/api/v1/fraud/lists', user)).json<ListEntryReply>();
      await send('POST', '/api/v1/fraud/lists', { ...user, kind: 'referrer_host', value: 'farm.example' });
      await send('DELETE', `/api/v1/fraud/lists/${entry_id}`);
    });
    expect(entries.map(({ action }) => action)).toEqual(['list.add', 'list.add', 'list.remove']);
    expect(entries[1]?.after).toMatchObject({ kind: 'referrer_host', value: 'farm.example' });
    expect(JSON.stringify(entries)).not.toContain('jane');
  });

  it('the webhook, without what it takes to write to it', async () => {
    const entries = await added(async () => {
      await send('PUT', '/api/v1/alerts/webhook', { url: 'http://127.0.0.1:9/T0KEN?key=5ECRET' });
      await send('PUT', '/api/v1/alerts/webhook', { url: null });
    });
    expect(entries.map(({ before, after }) => [before, after])).toEqual([
      [null, { host: '127.0.0.1:9' }],
      [{ host: '127.0.0.1:9' }, null],
    ]);
    expect(JSON.stringify(entries)).not.toMatch(/T0KEN|5ECRET/);
  });

  it('closings, imports once a file, rebuilds', async () => {
    const click = {
      ...{
        tenantId: 1,
        mayRepeat: true,
        adId: 'ad',
        campaignId: 'c',
        advertiserId: 'a',
        userId: null,
        ipHash: null,
      },
      ...{
        visitorKey: '0123456789abcdef',
        clickedAtMs: Date.now() - 60_000,
        country: '',
        deviceType: '' as const,
      },
      os: '',
      browser: '',
      userAgent: '',
      referrer: '',
      facts: NO_FACTS,
    };
    const entries = await added(async () => {
      for (let i = 0; i < 3; i++)
        await send(
          'POST',
          '/api/v1/admin/import',
          toImportBatch([{ ...click, clickId: `00000000-0000-4000-8000-00000000000${i}` }], 'access.log'),
        );
      const end = { file: 'access.log', tenantId: 1, accepted: 2, duplicates: 1, flagged: 0 };
      await send('POST', '/api/v1/admin/import/end', end);
      await send('PUT', '/api/v1/fraud/closed-until', { closed_until: '2026-01-01T00:00:00.000Z' });
      await system.caughtUp();
      await send('POST', '/api/v1/admin/rebuild');
    });
    expect(entries.map(({ action, subject }) => [action, subject])).toEqual([
      ['import.run', 'access.log'],
      ['import.finish', 'access.log'],
      ['period.close', 'closed_until'],
      ['analytics.rebuild', 'all'],
    ]);
    expect(entries[1]).toMatchObject({ before: null, after: { accepted: 2, duplicates: 1, flagged: 0 } });
  });

  it('a change that fails leaves no entry, and an entry that fails no change', async () => {
    const entries = await added(async () => {
      const failing = inTransaction(system.pool, async (client) => {
        const record = { tenantId: 1, actor: 'x', action: 'key.create', subject: 'k' } as const;
        await recordAudit(client, { ...record, before: null, after: null });
        throw new Error('the change failed');
      });
      await expect(failing).rejects.toThrow('the change failed');
    });
    expect(entries).toEqual([]);
    await system.pool.query(`ALTER TABLE audit_log ADD CONSTRAINT no_more CHECK (actor = 'x') NOT VALID`);
    try {
      const body = { name: 'Lost' };
      const reply = await system.app.inject({ method: 'PATCH', url: '/api/v1/advertisers/a', payload: body });
      expect(reply.statusCode).toBe(500);
      expect(reply.json()).toMatchObject({ error: { code: 'internal' } });
    } finally {
      await system.pool.query('ALTER TABLE audit_log DROP CONSTRAINT no_more');
    }
    expect(await system.get('/api/v1/advertisers/a')).toMatchObject({ name: 'Acme' });
  });
});

describe('the log', () => {
  it.each([`UPDATE audit_log SET actor = 'nobody'`, 'DELETE FROM audit_log', 'TRUNCATE audit_log'])(
    'only grows: %s is refused',
    async (sql) => {
      const before = await audit();
      await expect(system.pool.query(sql)).rejects.toThrow('audit_log only grows');
      expect(await audit()).toEqual(before);
    },
  );

  it('pages through every entry once, newest first', async () => {
    const seen: number[] = [];
    let next: number | null = null;
    do {
      const page: AuditReply = await audit(`limit=3${next === null ? '' : `&before=${next}`}`);
      seen.push(...page.data.map(({ audit_id }) => audit_id));
      next = page.next_before;
    } while (next !== null);
    const all = (await audit('limit=500')).data.map(({ audit_id }) => audit_id);
    expect(seen).toEqual(all);
    expect(all).toEqual([...all].sort((x, y) => y - x));
    expect(all.length).toBeGreaterThan(9);
  });

  it('is narrowed by kind, subject, who and when, and has no other tenant’s entries', async () => {
    await system.pool.query(`INSERT INTO tenants (tenant_id, slug, name) VALUES (7, 'seven', 'Seven')`);
    await inTransaction(system.pool, (client) =>
      recordAudit(client, {
        tenantId: 7,
        actor: 'them',
        action: 'key.create',
        subject: 'theirs',
        before: null,
        after: null,
      }),
    );
    expect((await audit('limit=500')).data.some(({ actor }) => actor === 'them')).toBe(false);
    const kinds = new Set((await audit('kind=list')).data.map(({ action }) => action));
    expect(kinds).toEqual(new Set(['list.add', 'list.remove']));
    expect((await audit('subject=c&kind=campaign')).data).toHaveLength(2);
    expect((await audit('actor=nobody')).data).toEqual([]);
    expect((await audit(`end_time=${new Date(Date.now() - 3_600_000).toISOString()}`)).data).toEqual([]);
    const found = async (search: string) =>
      (await audit(`search=${encodeURIComponent(search)}`)).data.map(({ action }) => action);
    // In the actor, the action, the subject and the values, whatever the case; nothing is a pattern.
    expect(await found('ACCESS.log')).toEqual(['import.finish', 'import.run']);
    expect(await found('noisy')).toEqual(['rules.change']);
    expect(await found('farm.example')).toEqual(['list.add']);
    expect(await found('farm_example')).toEqual([]);
    expect(await found('theirs')).toEqual([]);
    const wrong = await system.app.inject('/api/v1/admin/audit?kind=nothing');
    expect(wrong.statusCode).toBe(400);
  });
});
