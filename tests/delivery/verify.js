// verify.js - what the packages standardwebhooks and svix say of requests.
//
// Reads lines of JSON from standard input: {"secret", "headers", "body"}.
// Writes one for each: {"standardwebhooks": true, "svix": true}.
'use strict';

const readline = require('node:readline');

const clients = {
  standardwebhooks: require('standardwebhooks').Webhook,
  svix: require('svix').Webhook,
};

function verifies(Client, { secret, headers, body }) {
  try {
    new Client(secret).verify(body, headers);
    return true;
  } catch {
    return false;
  }
}

readline.createInterface({ input: process.stdin }).on('line', (line) => {
  const request = JSON.parse(line);
  const said = {};
  for (const [name, Client] of Object.entries(clients))
    said[name] = verifies(Client, request);
  console.log(JSON.stringify(said));
});
