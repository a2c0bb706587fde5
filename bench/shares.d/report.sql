-- report.sql - the results as tables to read.
\pset footer off
\pset null ''

\echo
\echo 'Milliseconds of a claim while one account owes so much, and from COMMIT to'
\echo 'receipt of single events of another'
SELECT build, owed, claims, round(p50::numeric, 2) AS p50,
       round(p99::numeric, 2) AS p99, round(highest::numeric, 1) AS highest,
       received || ' of ' || published AS received,
       round(late_p50::numeric, 1) AS "late p50",
       round(late_p99::numeric, 1) AS "late p99",
       round(latest::numeric) AS latest
FROM claim;

\echo 'Deliveries a second to as many accounts with a webhook each, and to one with'
\echo 'all the webhooks'
SELECT build, webhooks, round(many) AS many, round(one) AS one,
       round(ratio::numeric, 2) AS ratio
FROM many_by_one ORDER BY build, webhooks DESC;

\echo 'Places, how many were in use on average, and what part stood empty while'
\echo 'every account had something that could go'
SELECT build, shape, places, round(held::numeric, 1) AS "in use",
       round((100 * (1 - held / places))::numeric, 2) AS "empty %",
       round(rate) AS "taken a second"
FROM place ORDER BY shape, build;

\echo 'Facts'
SELECT name, value FROM fact WHERE value <> '' ORDER BY name;
