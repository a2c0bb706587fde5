// receiver.js - receive signed webhooks over https, with standardwebhooks.
//
// usage: node receiver.js PORT CERT KEY FILE; FILE holds the apiSecretKey.
// Before it: npm ci. Prints what it verified; that may come twice, so remember
// the webhook-id of those done.
'use strict';

const fs = require('node:fs');
const https = require('node:https');
const { Webhook } = require('standardwebhooks');

const [port, cert, key, secret] = process.argv.slice(2);
const webhook = new Webhook(fs.readFileSync(secret, 'utf8').trim());

function answer(request, response, body) {
  try {
    webhook.verify(body, request.headers);
  } catch {
    response.writeHead(400).end();
    return;
  }
  console.log('verified', request.headers['webhook-id'], body);
  response.writeHead(204).end();
}

https.createServer({
  cert: fs.readFileSync(cert),
  key: fs.readFileSync(key),
}, (request, response) => {
  const parts = [];
  request.on('data', (part) => parts.push(part));
  request.on('end', () =>
    answer(request, response, Buffer.concat(parts).toString()));
}).listen(Number(port), '127.0.0.1');
