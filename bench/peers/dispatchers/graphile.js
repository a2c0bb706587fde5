// graphile.js - deliveries as jobs of graphile-worker.
//
// node graphile.js install|default|tuned: at its defaults but for the number of jobs
// at a time, or as its manual's page on performance says.
'use strict';

const { run, runMigrations } = require('graphile-worker');
const { deliver, IN_FLIGHT } = require('./work.js');

const tuned = {
  maxPoolSize: 16,
  localQueue: { size: 500 },
  completeJobBatchDelay: 0,
  failJobBatchDelay: 0,
};

async function main(how) {
  if (how === 'install') {
    await runMigrations({ connectionString: process.env.DATABASE });
    return;
  }
  const runner = await run({
    preset: {
      worker: {
        connectionString: process.env.DATABASE,
        concurrentJobs: IN_FLIGHT,
        ...(how === 'tuned' ? tuned : {}),
      },
    },
    taskList: {
      deliver: (payload, { job }) => deliver(job.id, payload),
    },
  });
  await runner.promise;
}

main(process.argv[2]);
