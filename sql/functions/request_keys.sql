-- request_keys.sql - what makes publishing over HTTP idempotent: keys of requests,
-- and of their messages.

CREATE OR REPLACE FUNCTION postern.lock_request_key(owner uuid, key text)
RETURNS boolean
LANGUAGE sql VOLATILE
AS $$
    -- By two numbers: locks of one number are the feed's, among others.
    SELECT pg_try_advisory_xact_lock((h.hash >> 32)::integer, ((h.hash << 32) >> 32)::integer)
      FROM hashtextextended(concat(owner, ' ', key), 0) AS h (hash)
$$;
COMMENT ON FUNCTION postern.lock_request_key IS
'Take the lock of a request''s key until the transaction is over, without waiting.
False: another transaction has it.';

CREATE OR REPLACE FUNCTION postern.recall_requests(
    owners uuid[], keys text[], fingerprints bytea[])
RETURNS text[]
LANGUAGE plpgsql VOLATILE
AS $$
DECLARE
    free boolean[] := ARRAY(
        SELECT k.owner IS NOT NULL AND k.key IS NOT NULL
               AND postern.lock_request_key(k.owner, k.key)
          FROM unnest(owners, keys) WITH ORDINALITY AS k (owner, key, n)
         ORDER BY k.n);
BEGIN
    -- Another statement, which sees what was there when the lock was let go.
    RETURN ARRAY(
        SELECT CASE WHEN k.owner IS NULL OR k.key IS NULL THEN NULL
                    WHEN i.fingerprint = k.fingerprint THEN 'again'
                    WHEN i.fingerprint IS NOT NULL THEN 'idempotency_mismatch'
                    WHEN NOT k.free OR row_number() OVER (
                             PARTITION BY k.owner, k.key ORDER BY k.n) > 1
                    THEN 'busy' END
          FROM unnest(owners, keys, fingerprints, free) WITH ORDINALITY
               AS k (owner, key, fingerprint, free, n)
          LEFT JOIN LATERAL (
               SELECT o.fingerprint
                 FROM postern.idempotency_key AS o
                WHERE o.owner_id = k.owner AND o.key = k.key
               OFFSET 0) AS i ON true
         ORDER BY k.n);
END
$$;
COMMENT ON FUNCTION postern.recall_requests IS
'For each request, again if its owner has sent it before with this key,
idempotency_mismatch if another with this key, busy if somebody else, or a request
before it, is using the key, or NULL: there is none, or it is new, and nobody else can
use it before this transaction is over.';

CREATE OR REPLACE FUNCTION postern.first_messages(
    accounts uuid[], dedup_keys text[], new_ids uuid[])
RETURNS uuid[]
LANGUAGE plpgsql VOLATILE
AS $$
BEGIN
    -- In one order, whoever does it.
    INSERT INTO postern.dedup AS d (account_id, key, message_id)
    SELECT m.account_id, m.key, m.id
      FROM unnest(accounts, dedup_keys, new_ids) WITH ORDINALITY AS m (account_id, key, id, n)
     WHERE m.key IS NOT NULL
     ORDER BY m.account_id, m.key COLLATE "C", m.n
    ON CONFLICT ON CONSTRAINT dedup_pkey DO NOTHING;
    RETURN ARRAY(
        SELECT coalesce(f.message_id, m.id)
          FROM unnest(accounts, dedup_keys, new_ids) WITH ORDINALITY
               AS m (account_id, key, id, n)
          LEFT JOIN LATERAL (
               SELECT d.message_id
                 FROM postern.dedup AS d
                WHERE d.account_id = m.account_id AND d.key = m.key
               OFFSET 0) AS f ON true
         ORDER BY m.n);
END
$$;
COMMENT ON FUNCTION postern.first_messages IS
'As first_message() for each of these, where the key is not NULL; otherwise the new id.';

CREATE OR REPLACE FUNCTION postern.first_by_request(
    requests integer[], accounts uuid[], dedup_keys text[], new_ids uuid[])
RETURNS uuid[]
LANGUAGE plpgsql VOLATILE
SET lock_timeout = '20ms'
AS $$
DECLARE
    result uuid[] := array_fill(NULL::uuid, ARRAY[cardinality(new_ids)]);
    r      record;
BEGIN
    BEGIN
        RETURN postern.first_messages(accounts, dedup_keys, new_ids);
    EXCEPTION WHEN lock_not_available OR deadlock_detected THEN
        PERFORM set_config('lock_timeout', '1ms', true);
    END;
    -- Who has to wait does so alone.
    FOR r IN
        SELECT array_agg(m.n ORDER BY m.n) AS places,
               array_agg(m.account_id ORDER BY m.n) AS accounts,
               array_agg(m.key ORDER BY m.n) AS keys, array_agg(m.id ORDER BY m.n) AS ids
          FROM unnest(requests, accounts, dedup_keys, new_ids) WITH ORDINALITY
               AS m (request, account_id, key, id, n)
         GROUP BY m.request
         ORDER BY m.request
    LOOP
        BEGIN
            r.ids := postern.first_messages(r.accounts, r.keys, r.ids);
            FOR i IN 1 .. cardinality(r.ids) LOOP
                result[r.places[i]] := r.ids[i];
            END LOOP;
        EXCEPTION WHEN lock_not_available OR deadlock_detected THEN
            CONTINUE;
        END;
    END LOOP;
    RETURN result;
END
$$;
COMMENT ON FUNCTION postern.first_by_request IS
'As first_messages() for messages of several requests. NULL for all of a request one
of whose keys another transaction is using, for which it waits 20 ms at most.';
