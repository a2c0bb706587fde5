-- graphile-fill.sql - n jobs that are due.
SELECT count((SELECT count(*) FROM graphile_worker.add_jobs(specs)))
FROM (SELECT array_agg(ROW('deliver', json_build_object(
                 'webhook', i % :webhooks, 'event', json :'event'), NULL,
                 now(), NULL, NULL, NULL, NULL)
                 ::graphile_worker.job_spec) AS specs
      FROM generate_series(1, :n) AS i GROUP BY i / 10000) AS chunk;
VACUUM ANALYZE graphile_worker._private_jobs;
