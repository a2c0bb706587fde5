-- json.sql - all that was measured, for later comparisons.
SELECT jsonb_pretty(jsonb_build_object(
    'at', now(),
    'facts', (SELECT jsonb_object_agg(name, value) FROM fact),
    'units', 'rates are a second, latencies in milliseconds from COMMIT to receipt, CPU in seconds for 100,000 deliveries',
    'summary', (SELECT jsonb_agg(to_jsonb(s) ORDER BY owed, peer) FROM summary AS s),
    'latency', (SELECT jsonb_agg(to_jsonb(l) ORDER BY kind, peer) FROM latency AS l),
    'idle', (SELECT jsonb_object_agg(peer, transactions) FROM idle),
    'publishing', (SELECT to_jsonb(w) FROM waking AS w),
    'runs', (SELECT jsonb_agg(to_jsonb(r) - 'id' ORDER BY id) FROM run AS r)));
