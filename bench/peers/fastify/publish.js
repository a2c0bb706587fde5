// publish.js - the same work as POST /v1/messages, in Fastify and graphile-worker.
'use strict';

const cluster = require('node:cluster');
const crypto = require('node:crypto');
const fastify = require('fastify');
const pg = require('pg');
const { runMigrations } = require('graphile-worker');

const WORKERS = Number(process.env.WORKERS);
const SOCKET = process.env.SOCKET;

// Each is prepared once a connection.
const sql = {
  admit: `SELECT t.account_id AS id, postern.seconds_until_open(now()) AS closed
          FROM postern.access_token t
          WHERE t.hash = $1 AND t.revoked_at IS NULL AND t.expires_at > now()
            AND 'messages:write' = ANY (t.scopes)`,
  subscribed: `SELECT e.name, s.webhook_id
               FROM postern.event_type e
               JOIN postern.subscription s
                 ON s.account_id = $1 AND s.event_type_id = e.id
               WHERE e.name = ANY($2)`,
  add: `SELECT count(*) FROM graphile_worker.add_jobs(ARRAY(
          SELECT ROW('deliver', p, NULL, NULL, NULL, NULL, NULL, NULL)
                 ::graphile_worker.job_spec
          FROM unnest($1::json[]) AS p))`,
};

class Refusal extends Error {
  constructor(status, code) {
    super(code);
    this.statusCode = status;
    this.code = code;
  }
}

function tokenHash(authorization) {
  const m = /^Bearer (pst_[0-9A-Za-z]{49})$/i.exec(authorization ?? '');
  if (m === null)
    throw new Refusal(401, 'invalid_token');
  return crypto.createHash('sha256').update(m[1]).digest();
}

async function publish(pool, hash, messages) {
  const ask = (name, values) => pool.query({ name, text: sql[name], values });
  const [account] = (await ask('admit', [hash])).rows;
  if (account === undefined)
    throw new Refusal(401, 'invalid_token');
  if (account.closed !== null)
    throw new Refusal(503, 'outside_working_hours');
  const types = [...new Set(messages.map((m) => m.type))];
  const webhooks = (await ask('subscribed', [account.id, types])).rows;
  const timestamp = new Date().toISOString();
  const ids = messages.map(() => `msg_${crypto.randomUUID()}`);
  const jobs = messages.flatMap(({ type, data }, i) => webhooks
    .filter((w) => w.name === type)
    .map((w) => JSON.stringify({ id: ids[i], webhook: w.webhook_id,
      body: { type, timestamp, data } })));
  await ask('add', [jobs]);
  return ids;
}

const message = {
  type: 'object',
  required: ['type', 'data'],
  additionalProperties: false,
  properties: {
    type: { type: 'string', minLength: 1, maxLength: 128 },
    data: {},
  },
};

const schema = {
  body: {
    type: 'object',
    properties: {
      ...message.properties,
      messages: { type: 'array', minItems: 1, maxItems: 100, items: message },
    },
  },
  response: {
    202: {
      type: 'object',
      properties: { ids: { type: 'array', items: { type: 'string' } } },
    },
  },
};

function serve() {
  const pool = new pg.Pool({ max: Number(process.env.POOL) });
  const app = fastify({ bodyLimit: 262144, keepAliveTimeout: 75000 });

  app.post('/v1/messages', { schema }, async (request, reply) => {
    const hash = tokenHash(request.headers.authorization);
    const ids =
      await publish(pool, hash, request.body.messages ?? [request.body]);
    reply.code(202).header('Cache-Control', 'no-store')
      .header('X-Request-Id', request.headers['x-request-id']);
    return { ids };
  });
  app.listen({ path: SOCKET, writableAll: true });
}

async function main() {
  if (!cluster.isPrimary) {
    serve();
    return;
  }
  const pgPool = new pg.Pool({ max: 1 });
  await runMigrations({ pgPool });
  await pgPool.end();
  for (let i = 0; i < WORKERS; i++)
    cluster.fork();
}

main();
