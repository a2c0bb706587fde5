// verify-v1a.js - what Node.js' own Ed25519 says of v1a signatures.
//
// Reads lines of JSON from standard input: {"key": "whpk_...", "headers",
// "body"}. Writes one for each: how many of the v1a items verify by the key.
'use strict';

const crypto = require('node:crypto');
const readline = require('node:readline');

function publicKey(text) {
  const bytes = Buffer.from(text.replace(/^whpk_/, ''), 'base64');
  return crypto.createPublicKey({
    format: 'jwk',
    key: { kty: 'OKP', crv: 'Ed25519', x: bytes.toString('base64url') },
  });
}

readline.createInterface({ input: process.stdin }).on('line', (line) => {
  const { key, headers, body } = JSON.parse(line);
  const content = Buffer.from(
    `${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`);
  const good = headers['webhook-signature'].split(' ')
    .filter((item) => item.startsWith('v1a,'))
    .filter((item) => crypto.verify(null, content, publicKey(key),
      Buffer.from(item.slice(4), 'base64')));
  console.log(good.length);
});
