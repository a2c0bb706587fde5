-- latency.sql - from COMMIT to receipt, of the tables receipt and published.
-- nginx writes when a request was over, in whole milliseconds cut off: half
-- of one is added.
INSERT INTO latency (peer, kind, rate, published, received, p50, p99, highest)
SELECT :'peer', :'kind', :rate,
       (SELECT count(*) FROM published), count(r.at),
       percentile_cont(0.5) WITHIN GROUP (ORDER BY took),
       percentile_cont(0.99) WITHIN GROUP (ORDER BY took), max(took)
FROM published AS p
JOIN receipt AS r ON r.id = p.id,
     greatest(0, r.at * 1000 + 0.5 - p.done / 1000.0) AS took;

SELECT format('%s %s  %s  p50 %s ms  p99 %s ms  %s receipts',
    to_char(now(), 'HH24:MI:SS'), rpad(peer, 16), kind,
    round(p50::numeric, 1), round(p99::numeric, 1), received)
FROM latency WHERE peer = :'peer' AND kind = :'kind';
