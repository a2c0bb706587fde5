-- json.sql - all results as one JSON document.
SELECT jsonb_pretty(jsonb_build_object(
    'facts', (SELECT jsonb_object_agg(name, value) FROM fact),
    'claims', (SELECT jsonb_agg(to_jsonb(c)) FROM claim AS c),
    'bursts', (SELECT jsonb_agg(to_jsonb(b) ORDER BY build, round, kind)
                 FROM burst AS b),
    'many by one', (SELECT jsonb_agg(to_jsonb(m)) FROM many_by_one AS m),
    'places', (SELECT jsonb_agg(to_jsonb(p) ORDER BY shape, build)
                 FROM place AS p)));
