// The baseline: a click counter as such systems are usually sketched. Express, five Redis calls and one INSERT a click,
// each awaited in turn, no batching, no analytics store. Settings on the command line: {"redisUrl","pg":{…}}.
import { createHash, randomUUID } from 'node:crypto';
import express from 'express';
import { Redis } from 'ioredis';
import pg from 'pg';

const TTL_SECONDS = 300;
const { redisUrl, database } = JSON.parse(process.argv[2] ?? '{}') as {
  redisUrl: string;
  database: pg.ClientConfig;
};
const redis = new Redis(redisUrl);
const pool = new pg.Pool({ ...database, max: 20 });
await pool.query(`CREATE TABLE IF NOT EXISTS baseline_clicks (
  click_id uuid PRIMARY KEY, ad_id text NOT NULL, campaign_id text NOT NULL, advertiser_id text NOT NULL, user_id text,
  ip_hash text NOT NULL, user_agent text NOT NULL, referrer text NOT NULL, is_fraudulent boolean NOT NULL,
  clicked_at timestamptz NOT NULL DEFAULT now())`);
await pool.query(
  'CREATE INDEX IF NOT EXISTS baseline_clicks_time ON baseline_clicks (campaign_id, clicked_at)',
);

// Whoever started us is gone.
process.once('disconnect', () => process.exit(0));
const app = express();
app.set('trust proxy', 'loopback');
app.use(express.json({ limit: '16kb' }));

const sha = (text: string) => createHash('sha256').update(text).digest('hex');

async function countMinute(subject: string): Promise<number> {
  const key = `velocity:${subject}:${Math.floor(Date.now() / 60_000)}`;
  const count = await redis.incr(key);
  if (count === 1) await redis.expire(key, 120);
  return count;
}

app.post('/api/v1/clicks', async (request, response) => {
  const { ad_id, campaign_id, advertiser_id, user_id, referrer } = request.body as Record<string, string>;
  if (!ad_id || !campaign_id || !advertiser_id) {
    response.status(400).json({ error: 'Required' });
    return;
  }
  const key = request.get('idempotency-key');
  if (key) {
    const stored = await redis.get(`idempotency:${key}`);
    if (stored) {
      response.status(200).type('json').send(stored);
      return;
    }
  }
  const clickId = randomUUID();
  await redis.set(`click:${clickId}`, '1', 'EX', TTL_SECONDS, 'NX');
  const ipHash = sha(request.ip ?? '');
  const byIp = await countMinute(`ip:${ipHash}`);
  const byUser = user_id ? await countMinute(`user:${user_id}`) : 0;
  const isFraudulent = byIp > 100 || byUser > 50;
  await pool.query({
    name: 'insert',
    text: `INSERT INTO baseline_clicks (click_id, ad_id, campaign_id, advertiser_id, user_id, ip_hash, user_agent, referrer, is_fraudulent)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT DO NOTHING`,
    values: [
      ...[clickId, ad_id, campaign_id, advertiser_id, user_id ?? null, ipHash],
      ...[request.get('user-agent') ?? '', referrer ?? '', isFraudulent],
    ],
  });
  const reply = JSON.stringify({
    success: true,
    click_id: clickId,
    is_duplicate: false,
    is_fraudulent: isFraudulent,
  });
  if (key) await redis.set(`idempotency:${key}`, reply, 'EX', TTL_SECONDS);
  response.status(202).type('json').send(reply);
});

const server = app.listen(0, '127.0.0.1', () => {
  const { port } = server.address() as { port: number };
  console.log(`ready: ${port}`);
});
