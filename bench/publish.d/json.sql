-- json.sql - all that was measured, for later comparisons.
SELECT jsonb_pretty(jsonb_build_object(
    'at', now(),
    'facts', jsonb_build_object('cpu', :'cpu', 'cores', :'cores',
        'postgresql', current_setting('server_version'),
        'seconds', :'seconds', 'rounds', :'rounds'),
    'units', 'rates are messages a second, latencies of requests in microseconds',
    'summary', (SELECT jsonb_agg(to_jsonb(s) ORDER BY messages, peer, clients)
                FROM summary s),
    'runs', (SELECT jsonb_agg(to_jsonb(r) - 'id' ORDER BY id) FROM run r)));
