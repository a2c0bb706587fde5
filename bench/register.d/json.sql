-- json.sql - all that was measured, for later comparisons.
SELECT jsonb_pretty(jsonb_build_object(
    'at', now(),
    'facts', (SELECT jsonb_object_agg(name, value) FROM fact),
    'units', 'rates are a second, latencies in microseconds',
    'summary', (SELECT jsonb_agg(to_jsonb(s) ORDER BY loop, clients, peer)
                FROM summary s),
    'ratios', (SELECT jsonb_agg(to_jsonb(p) ORDER BY loop, clients, peer)
               FROM paired p
               WHERE clients = postern_clients OR peer = 'pgbench'),
    'runs', (SELECT jsonb_agg(to_jsonb(r) - 'id' ORDER BY id) FROM run r)));
