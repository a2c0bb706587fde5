// work.js - what every delivery costs a dispatcher: look the secret up, sign,
// POST over TLS, log the attempt.
'use strict';

const crypto = require('node:crypto');
const fs = require('node:fs');
const pg = require('pg');
const { Agent } = require('undici');

const IN_FLIGHT = Number(process.env.IN_FLIGHT);

const agent = new Agent({
  connections: IN_FLIGHT,
  pipelining: 1,
  headersTimeout: 15000,
  bodyTimeout: 15000,
  connect: { ca: fs.readFileSync(process.env.CA), timeout: 5000 },
});
const pool = new pg.Pool({ max: 10 });

const LOOK_UP = {
  name: 'look-up',
  text: 'SELECT url, secret FROM bench.webhook WHERE id = $1',
};
const LOG = {
  name: 'log',
  text: `INSERT INTO bench.attempt (message_id, webhook_id, started_at,
           duration_ms, status, error) VALUES ($1, $2, $3, $4, $5, $6)`,
};

function sign(secret, id, timestamp, body) {
  return 'v1,' + crypto.createHmac('sha256', secret)
    .update(`${id}.${timestamp}.${body}`).digest('base64');
}

async function post(url, id, secret, body) {
  const timestamp = Math.floor(Date.now() / 1000);
  const { origin, pathname } = new URL(url);
  const answer = await agent.request({
    origin,
    path: pathname,
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'user-agent': 'bench/1.0',
      'webhook-id': id,
      'webhook-timestamp': String(timestamp),
      'webhook-signature': sign(secret, id, timestamp, body),
    },
    body,
  });
  await answer.body.dump({ limit: 16384 });
  return answer.statusCode;
}

// Deliver one job; throws when the receiver did not take it.
async function deliver(jobId, { webhook, event }) {
  const id = `msg_${jobId}`;
  const started = new Date();
  const { url, secret } =
    (await pool.query({ ...LOOK_UP, values: [webhook] })).rows[0];
  let status = null;
  let error = null;
  try {
    status = await post(url, id, secret, JSON.stringify(event));
    if (status < 200 || status > 299)
      error = `it answered ${status}`;
  } catch (reason) {
    error = String(reason.code ?? reason.message);
  }
  await pool.query({ ...LOG, values: [id, webhook, started,
    Date.now() - started, status, error] });
  if (error !== null)
    throw new Error(error);
}

module.exports = { deliver, IN_FLIGHT };
