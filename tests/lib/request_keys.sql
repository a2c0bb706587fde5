-- request_keys.sql - a client that publishes over HTTP, as the responder calls it.
CREATE SCHEMA two;
SELECT postern.open_always(), postern.add_event_type('two');
CREATE TABLE two.client AS
SELECT account, sha256(convert_to(postern.issue_token(account, '1 day', '{messages:write}'),
           'UTF8')) AS hash
  FROM postern.create_account('two') AS account;
CREATE VIEW two.message AS
SELECT postern.message_name(m.id) AS id FROM postern.message AS m;
CREATE TABLE two.seen (key text, id text);

-- One message a request.
CREATE FUNCTION two.call(keys text[], dedup_keys text[])
RETURNS TABLE (n bigint, outcome text, id text)
LANGUAGE sql AS $$
    SELECT row_number() OVER (), p.outcome, p.ids[1]
      FROM (SELECT array_agg(c.hash) AS hashes, array_agg(sha256('')) AS bodies,
                   array_agg(NULL::text) AS nothing, array_agg(i::integer ORDER BY i) AS places,
                   array_agg('two'::text) AS types, array_agg('{}'::text) AS data
              FROM two.client AS c, generate_subscripts(keys, 1) AS i) AS a
     CROSS JOIN LATERAL postern.api_publish(a.hashes, keys, a.bodies, a.nothing, a.places,
           a.nothing, a.types, a.data, dedup_keys) AS p
$$;

-- Eight requests a round, four with a key of their own, four with one of the message,
-- until none is busy.
CREATE PROCEDURE two.run(rounds integer, backwards boolean) LANGUAGE plpgsql AS $$
DECLARE
    keys  text[];
    mine  text[];
    their text[];
BEGIN
    FOR round IN 1 .. rounds LOOP
        keys := ARRAY(
            SELECT format('%s %s', round, i) FROM generate_series(1, 8) AS i
             ORDER BY CASE WHEN backwards THEN -i ELSE i END);
        mine := ARRAY(SELECT CASE WHEN k ~ '[1-4]$' THEN k END
                        FROM unnest(keys) WITH ORDINALITY AS u (k, n) ORDER BY n);
        their := ARRAY(SELECT CASE WHEN k ~ '[5-8]$' THEN k END
                         FROM unnest(keys) WITH ORDINALITY AS u (k, n) ORDER BY n);
        LOOP
            WITH answer AS (
                SELECT * FROM two.call(mine, their)
            )
            INSERT INTO two.seen
            SELECT keys[a.n], a.id FROM answer AS a
             WHERE NOT EXISTS (SELECT FROM answer WHERE outcome <> 'accepted');
            EXIT WHEN FOUND;
            COMMIT;
        END LOOP;
        COMMIT;
    END LOOP;
END
$$;
