// pg-boss.js - deliveries as jobs of pg-boss.
//
// node pg-boss.js install|default|tuned: at its defaults but for the number of
// jobs at a time, or in batches, with notifications.
'use strict';

const { PgBoss } = require('pg-boss');
const { deliver, IN_FLIGHT } = require('./work.js');

const BATCH = 64;

const tuned = {
  batchSize: BATCH,
  localConcurrency: Math.max(1, IN_FLIGHT / BATCH),
  pollingIntervalSeconds: 0.5,
  burstWhenBatchFull: true,
  perJobResults: true,
};

async function settle(job) {
  try {
    await deliver(job.id.replaceAll('-', ''), job.data);
    return { id: job.id, status: 'completed' };
  } catch (error) {
    return { id: job.id, status: 'failed', output: String(error) };
  }
}

async function main(how) {
  const boss = new PgBoss({
    connectionString: process.env.DATABASE,
    useListenNotify: how === 'tuned',
  });
  boss.on('error', console.error);
  await boss.start();
  await boss.createQueue('deliver', { notify: true });
  if (how === 'install') {
    await boss.stop();
    return;
  }
  if (how === 'tuned') {
    await boss.work('deliver', tuned, (jobs) => Promise.all(jobs.map(settle)));
    return;
  }
  await boss.work('deliver', { localConcurrency: IN_FLIGHT },
    ([job]) => deliver(job.id.replaceAll('-', ''), job.data));
}

main(process.argv[2]);
