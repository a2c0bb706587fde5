-- json.sql - all that was measured, for later comparisons.
SELECT jsonb_pretty(jsonb_build_object(
    'at', now(),
    'facts', (SELECT jsonb_object_agg(name, value) FROM fact),
    'units', 'rates a second; latencies in milliseconds from COMMIT to receipt, late: beyond the distance; CPU of steps in cores, of bursts in seconds',
    'names', (SELECT jsonb_object_agg(kind, count)
              FROM (SELECT kind, count(*) FROM name GROUP BY kind) AS k),
    'steady', (SELECT jsonb_agg(to_jsonb(s) - 'id' ORDER BY id) FROM step AS s),
    'highest', (SELECT jsonb_object_agg(build, rate) FROM highest),
    'bursts', (SELECT jsonb_agg(to_jsonb(b) ORDER BY kind, build) FROM burst AS b),
    'ideal', (SELECT jsonb_object_agg(build, jsonb_build_object('ideal_s', ideal_s, 'took_s', took_s))
              FROM ideal),
    'peers', (SELECT jsonb_agg(to_jsonb(p) ORDER BY build, peer) FROM peer AS p),
    'curves', (SELECT jsonb_agg(to_jsonb(c) ORDER BY kind, build)
               FROM (SELECT build, kind, jsonb_object_agg(second, count) AS received
                     FROM curve GROUP BY build, kind) AS c)));
