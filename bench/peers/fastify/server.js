// server.js - the same work as postern-responder, in Fastify and node-postgres.
'use strict';

const cluster = require('node:cluster');
const crypto = require('node:crypto');
const fs = require('node:fs');
const net = require('node:net');
const fastify = require('fastify');
const pg = require('pg');
const sodium = require('sodium-native');

const WORKERS = Number(process.env.WORKERS);
const SOCKET = process.env.SOCKET;

// Each is prepared once a connection.
const sql = {
  admit: `SELECT a.id, a.webhook_count, a.webhook_limit,
                 postern.seconds_until_open(now()) AS closed
          FROM postern.access_token t
          JOIN postern.account a ON a.id = t.account_id
          WHERE t.hash = $1 AND t.revoked_at IS NULL AND t.expires_at > now()
          FOR NO KEY UPDATE OF a`,
  events: `SELECT id, name FROM postern.event_type WHERE name = ANY($1)`,
  upsert: `INSERT INTO postern.webhook (account_id, id, url, canonical_url)
           VALUES ($1, $2, $3, $4)
           ON CONFLICT (account_id, canonical_url)
           DO UPDATE SET url = excluded.url, updated_at = now()
           RETURNING id, id = $2 AS is_new`,
  count: `UPDATE postern.account SET webhook_count = webhook_count + 1
          WHERE id = $1`,
  unsubscribe: `DELETE FROM postern.subscription
                WHERE account_id = $1 AND webhook_id = $2
                AND event_type_id <> ALL($3)`,
  subscribe: `INSERT INTO postern.subscription
                (account_id, webhook_id, event_type_id)
              SELECT $1, $2, unnest($3::int[])
              ON CONFLICT DO NOTHING`,
  expire: `UPDATE postern.secret SET expires_at = now() + '24 hours'
           WHERE account_id = $1 AND webhook_id = $2
           AND expires_at IS NULL`,
  store: `INSERT INTO postern.secret
            (account_id, webhook_id, id, key_id, ephemeral, nonce, box)
          VALUES ($1, $2, $3, $4, $5, $6, $7)`,
};

class Refusal extends Error {
  constructor(status, code) {
    super(code);
    this.statusCode = status;
    this.code = code;
  }
}

function uuid7() {
  const b = crypto.randomBytes(16);
  b.writeUIntBE(Date.now(), 0, 6);
  b[6] = 0x70 | (b[6] & 0x0f);
  b[8] = 0x80 | (b[8] & 0x3f);
  return b.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}

function tokenHash(authorization) {
  const m = /^Bearer (pst_[0-9A-Za-z]{49})$/i.exec(authorization ?? '');
  if (m === null)
    throw new Refusal(401, 'invalid_token');
  return crypto.createHash('sha256').update(m[1]).digest();
}

function canonicalUrl(text) {
  const url = new URL(text);
  if (url.protocol !== 'https:' || url.username !== '' || url.hash !== '' ||
      net.isIP(url.hostname.replace(/[[\]]/g, '')) !== 0)
    throw new Refusal(400, 'url_not_allowed');
  return url.href;
}

// A line "postern-public-1 ID BASE64", as postern-keygen --sealing writes.
function readSealingKey(path) {
  const [, id, base64] = fs.readFileSync(path, 'ascii').trim().split(' ');
  return { id: Buffer.from(id, 'hex'), key: Buffer.from(base64, 'base64') };
}

// crypto_box_seal, in the parts that the table has columns for.
function seal(secret, key) {
  const sealed = Buffer.allocUnsafe(secret.length + sodium.crypto_box_SEALBYTES);
  const nonce = Buffer.allocUnsafe(sodium.crypto_box_NONCEBYTES);
  sodium.crypto_box_seal(sealed, secret, key);
  const ephemeral = sealed.subarray(0, 32);
  sodium.crypto_generichash_batch(nonce, [ephemeral, key]);
  return { ephemeral, nonce, box: sealed.subarray(32) };
}

async function register(db, hash, url, canonical, events, sealingKey) {
  const ask = (name, values) => db.query({ name, text: sql[name], values });
  const [account] = (await ask('admit', [hash])).rows;
  if (account === undefined)
    throw new Refusal(401, 'invalid_token');
  if (account.closed !== null)
    throw new Refusal(503, 'outside_working_hours');
  const types = (await ask('events', [events])).rows.map((row) => row.id);
  if (types.length !== events.length)
    throw new Refusal(400, 'unknown_event');

  const id = uuid7();
  const [webhook] =
    (await ask('upsert', [account.id, id, url, canonical])).rows;
  if (webhook.is_new) {
    if (account.webhook_count >= account.webhook_limit)
      throw new Refusal(400, 'webhook_limit_reached');
    await ask('count', [account.id]);
  } else {
    await ask('unsubscribe', [account.id, webhook.id, types]);
    await ask('expire', [account.id, webhook.id]);
  }
  await ask('subscribe', [account.id, webhook.id, types]);

  const secret = crypto.randomBytes(32);
  const s = seal(secret, sealingKey.key);
  await ask('store', [account.id, webhook.id, id, sealingKey.id, s.ephemeral,
    s.nonce, s.box]);
  return `whsec_${secret.toString('base64')}`;
}

const schema = {
  body: {
    type: 'object',
    required: ['url', 'events'],
    additionalProperties: false,
    properties: {
      url: { type: 'string', minLength: 1, maxLength: 2048 },
      events: {
        type: 'array',
        minItems: 1,
        maxItems: 64,
        uniqueItems: true,
        items: { type: 'string', minLength: 1, maxLength: 128 },
      },
    },
  },
  response: {
    201: {
      type: 'object',
      properties: {
        message: { type: 'string' },
        apiSecretKey: { type: 'string' },
      },
    },
  },
};

function serve() {
  const pool = new pg.Pool({ max: Number(process.env.POOL) });
  const sealingKey = readSealingKey(process.env.SEAL_KEY);
  const app = fastify({ bodyLimit: 16384, keepAliveTimeout: 75000 });

  app.post('/v1/webhooks/register', { schema }, async (request, reply) => {
    const hash = tokenHash(request.headers.authorization);
    const { url, events } = request.body;
    const canonical = canonicalUrl(url);
    const db = await pool.connect();
    try {
      await db.query('BEGIN');
      const key = await register(db, hash, url, canonical, events, sealingKey);
      await db.query('COMMIT');
      reply.code(201).header('Cache-Control', 'no-store')
        .header('X-Request-Id', request.headers['x-request-id']);
      return { message: 'Webhook registered successfully.', apiSecretKey: key };
    } catch (error) {
      await db.query('ROLLBACK');
      throw error;
    } finally {
      db.release();
    }
  });
  app.listen({ path: SOCKET, writableAll: true });
}

if (cluster.isPrimary)
  for (let i = 0; i < WORKERS; i++)
    cluster.fork();
else
  serve();
