// receiver-v1a.js - receive webhooks signed with v1a, without any secret.
//
// usage: node receiver-v1a.js PORT CERT KEY FILE; FILE holds what
// GET /v1/webhook-keys answered: fetch it daily.
'use strict';

const crypto = require('node:crypto');
const fs = require('node:fs');
const https = require('node:https');

const [port, cert, key, file] = process.argv.slice(2);
const keys = JSON.parse(fs.readFileSync(file, 'utf8')).keys.map((k) => {
  const x = Buffer.from(k.key.replace('whpk_', ''), 'base64');
  return crypto.createPublicKey({ format: 'jwk', key: {
    kty: 'OKP', crv: 'Ed25519', x: x.toString('base64url') } });
});

function verified(headers, body) {
  const id = headers['webhook-id'];
  const stamp = headers['webhook-timestamp'];
  const given = (headers['webhook-signature'] || '').split(' ')
    .filter((item) => item.startsWith('v1a,'))
    .map((item) => Buffer.from(item.slice(4), 'base64'));
  const content = Buffer.concat([Buffer.from(`${id}.${stamp}.`), body]);
  return id && Math.abs(Date.now() / 1000 - Number(stamp)) <= 300 &&
    keys.some((k) => given.some((g) => crypto.verify(null, content, k, g)));
}

https.createServer({ cert: fs.readFileSync(cert), key: fs.readFileSync(key) },
  (request, response) => {
    const parts = [];
    request.on('data', (part) => parts.push(part));
    request.on('end', () => response.writeHead(verified(
      request.headers, Buffer.concat(parts)) ? 204 : 400).end());
  }).listen(Number(port), '127.0.0.1');
