// pg-boss.js - deliveries as jobs of pg-boss, in batches.
'use strict';

const { PgBoss } = require('pg-boss');
const { deliver, IN_FLIGHT } = require('./work.js');

const BATCH = 64;

const options = {
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
    useListenNotify: true,
  });
  boss.on('error', console.error);
  await boss.start();
  await boss.createQueue('deliver', { notify: true });
  if (how === 'install') {
    await boss.stop();
    return;
  }
  await boss.work('deliver', options, (jobs) => Promise.all(jobs.map(settle)));
}

main(process.argv[2]);
