-- publish_http.sql - the one call that publishes what came over HTTP, many requests
-- at once.
--
-- Its plans are pinned as those of register.sql are, but for hash joins: none of a
-- table can be, as each is read below an OFFSET.

CREATE OR REPLACE FUNCTION postern.is_json(data text)
RETURNS boolean
LANGUAGE plpgsql STABLE
AS $$
BEGIN
    RETURN data::json IS NOT NULL;
EXCEPTION WHEN invalid_text_representation OR untranslatable_character
        OR statement_too_complex THEN
    RETURN false;
END
$$;
COMMENT ON FUNCTION postern.is_json IS
'Is this a JSON value? NULL is none.';

CREATE OR REPLACE FUNCTION postern.read_json(data text[])
RETURNS json[]
LANGUAGE plpgsql STABLE
AS $$
BEGIN
    RETURN data::json[];
EXCEPTION WHEN invalid_text_representation OR untranslatable_character
        OR statement_too_complex THEN
    RETURN ARRAY(
        SELECT CASE WHEN postern.is_json(d.data) THEN d.data::json END
          FROM unnest(read_json.data) WITH ORDINALITY AS d (data, n)
         ORDER BY d.n);
END
$$;
COMMENT ON FUNCTION postern.read_json IS
'These texts as json; NULL for what is none.';

CREATE OR REPLACE FUNCTION postern.publish_faults(
    message_of integer[], faults text[], accounts text[], types text[], dedup_keys text[],
    OUT request integer, OUT outcome text, OUT parameter text, OUT value text,
    OUT sentence text)
RETURNS SETOF record
LANGUAGE sql STABLE
AS $$
    SELECT DISTINCT ON (m.request) m.request, f.outcome,
           format('messages[%s].%s', m.place - 1, f.member),
           CASE f.member WHEN 'account' THEN m.account WHEN 'type' THEN m.type
                WHEN 'idempotency_key' THEN m.dedup_key END,
           f.sentence
      FROM (SELECT u.*, row_number() OVER (PARTITION BY u.request ORDER BY u.n) AS place
              FROM unnest(message_of, faults, accounts, types, dedup_keys) WITH ORDINALITY
                   AS u (request, fault, account, type, dedup_key, n)) AS m
      JOIN (VALUES
        ('others', 'invalid_parameter', 'account',
         'account is not the account of the access token: leave it out.'),
        ('nobody', 'invalid_parameter', 'account',
         'account is the id of an account, or * for all.'),
        ('reserved', 'invalid_parameter', 'type',
         'Types that begin with postern. are the service''s own.'),
        ('unknown', 'unknown_event', 'type', 'There is no such event type.'),
        ('not json', 'invalid_parameter', 'data', 'data is a JSON value.'),
        ('large', 'invalid_parameter', 'data', 'data has at most 262144 bytes.'),
        ('key', 'invalid_parameter', 'idempotency_key', 'idempotency_key has 1 to 256 bytes.'))
           AS f (fault, outcome, member, sentence) ON f.fault = m.fault
     ORDER BY m.request, m.place
$$;
COMMENT ON FUNCTION postern.publish_faults IS
'The first message of each request that is at fault, and what to answer.';

CREATE OR REPLACE FUNCTION postern.api_publish(
    token_hashes bytea[], keys text[], fingerprints bytea[], traceparents text[],
    message_of integer[], accounts text[], types text[], data text[], dedup_keys text[],
    OUT outcome text, OUT ids text[], OUT parameter text, OUT value text,
    OUT sentence text, OUT retry_after integer)
RETURNS SETOF record
LANGUAGE plpgsql VOLATILE SECURITY DEFINER ROWS 64
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off
SET enable_bitmapscan = off
SET jit = off
AS $$
DECLARE
    documents json[] := postern.read_json(data);
    may       boolean[];            -- of each request; NULL: invalid token
    owners    uuid[];               -- of each request that may publish
    own       uuid[];               -- the account of its token; NULL: it may name any
    closed    integer;              -- seconds; NULL: open
    recalled  text[];               -- of each request, by its key
    outcomes  text[];               -- 'new' and 'again' end as 'accepted'
    new_ids   uuid[];               -- of each message
    whose     uuid[];               -- NULL: of every account
    type_ids  integer[];
    traces    text[];
    faults    text[];
    first_ids uuid[];               -- those that its deduplication keys stand for
    members   text[];               -- of each request: what is wrong, and why
    given     text[];
    sentences text[];
    has_keys  boolean := array_remove(keys, NULL) <> '{}';
BEGIN
    SELECT array_agg(r.may), array_agg(CASE WHEN r.may THEN r.owner END), array_agg(r.account_id)
      INTO may, owners, own
      FROM (SELECT 'messages:write' = ANY (coalesce(t.scopes, p.scopes)) AS may,
                   coalesce(t.account_id, p.client_id) AS owner, t.account_id
              FROM unnest(token_hashes) WITH ORDINALITY AS h (hash, n)
              LEFT JOIN LATERAL (
                   SELECT t.account_id, t.scopes
                     FROM postern.access_token AS t
                    WHERE t.hash = h.hash AND t.revoked_at IS NULL AND t.expires_at > now()
                   OFFSET 0) AS t ON true
              LEFT JOIN LATERAL (
                   SELECT t.client_id, t.scopes
                     FROM postern.platform_token AS t
                    WHERE t.hash = h.hash AND t.revoked_at IS NULL AND t.expires_at > now()
                   OFFSET 0) AS p ON true
             ORDER BY h.n) AS r;
    -- Whose token is wrong must not learn from the time it takes.
    IF array_remove(may, NULL) <> '{}' THEN
        closed := postern.closed_for(clock_timestamp());
    END IF;

    SELECT array_agg(c.id), array_agg(c.account_id), array_agg(c.type_id),
           array_agg(c.trace), array_agg(c.fault)
      INTO new_ids, whose, type_ids, traces, faults
      FROM (SELECT postern.uuid7() AS id, coalesce(own[m.request], a.id) AS account_id,
                   t.id AS type_id,
                   substring(traceparents[m.request]
                       FROM '^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$') AS trace,
                   CASE WHEN lower(m.account) <> own[m.request]::text THEN 'others'
                        WHEN own[m.request] IS NULL AND a.id IS NULL
                             AND m.account IS DISTINCT FROM '*' THEN 'nobody'
                        WHEN m.type ^@ 'postern.' THEN 'reserved'
                        WHEN t.id IS NULL THEN 'unknown'
                        WHEN octet_length(m.data) > 262144 THEN 'large'
                        WHEN m.document IS NULL THEN 'not json'
                        WHEN octet_length(m.dedup_key) NOT BETWEEN 1 AND 256 THEN 'key'
                        END AS fault
              FROM unnest(message_of, accounts, types, data, documents, dedup_keys)
                   WITH ORDINALITY AS m (request, account, type, data, document, dedup_key, n)
              LEFT JOIN LATERAL (
                   SELECT o.id
                     FROM postern.account AS o
                    WHERE o.id = CASE WHEN own[m.request] IS NULL
                              AND m.account ~* '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$'
                              THEN m.account::uuid END
                   OFFSET 0) AS a ON true
              LEFT JOIN LATERAL (
                   SELECT o.id
                     FROM postern.event_type AS o
                    WHERE o.name = m.type AND o.kind = 'type' AND o.archived_in IS NULL
                   OFFSET 0) AS t ON true
             ORDER BY m.n) AS c;
    IF closed IS NULL AND has_keys THEN
        recalled := postern.recall_requests(owners, keys, fingerprints);
    END IF;
    outcomes := ARRAY(
        SELECT CASE WHEN r.may IS NULL THEN 'invalid_token'
                    WHEN closed IS NOT NULL THEN 'outside_working_hours'
                    WHEN NOT r.may THEN 'insufficient_scope'
                    WHEN r.n <> ALL (message_of) THEN 'admitted'
                    ELSE coalesce(r.recalled, 'new') END
          FROM unnest(may, recalled) WITH ORDINALITY AS r (may, recalled, n)
         ORDER BY r.n);
    IF array_remove(faults, NULL) <> '{}' THEN
        SELECT array_agg(r.outcome), array_agg(r.parameter), array_agg(r.value),
               array_agg(r.sentence)
          INTO outcomes, members, given, sentences
          FROM (SELECT coalesce(f.outcome, o.outcome) AS outcome, f.parameter, f.value,
                       f.sentence
                  FROM unnest(outcomes) WITH ORDINALITY AS o (outcome, n)
                  LEFT JOIN postern.publish_faults(message_of, faults, accounts, types,
                            dedup_keys) AS f
                    ON f.request = o.n AND o.outcome IN ('new', 'busy')
                 ORDER BY o.n) AS r;
    END IF;

    first_ids := new_ids;
    IF array_remove(dedup_keys, NULL) <> '{}' THEN
        first_ids := postern.first_by_request(message_of,
            ARRAY(SELECT coalesce(m.account_id, '00000000-0000-0000-0000-000000000000')
                    FROM unnest(whose) WITH ORDINALITY AS m (account_id, n)
                   ORDER BY m.n),
            ARRAY(SELECT CASE WHEN outcomes[m.request] = 'new' THEN m.dedup_key END
                    FROM unnest(message_of, dedup_keys) WITH ORDINALITY
                         AS m (request, dedup_key, n)
                   ORDER BY m.n),
            new_ids);
        outcomes := ARRAY(
            SELECT CASE WHEN r.outcome = 'new' AND b.request IS NOT NULL THEN 'busy'
                        ELSE r.outcome END
              FROM unnest(outcomes) WITH ORDINALITY AS r (outcome, n)
              LEFT JOIN (SELECT DISTINCT m.request
                           FROM unnest(message_of, first_ids) AS m (request, id)
                          WHERE m.id IS NULL) AS b ON b.request = r.n
             ORDER BY r.n);
    END IF;

    IF 'new' = ANY (outcomes) THEN
        IF NOT outcomes <@ '{new}' OR first_ids <> new_ids THEN
            SELECT array_agg(m.id), array_agg(m.account_id), array_agg(m.type_id),
                   array_agg(m.document), array_agg(m.trace)
              INTO new_ids, whose, type_ids, documents, traces
              FROM (SELECT u.*
                      FROM unnest(message_of, new_ids, first_ids, whose, type_ids, documents,
                               traces) WITH ORDINALITY
                           AS u (request, id, first_id, account_id, type_id, document, trace, n)
                     WHERE outcomes[u.request] = 'new' AND u.id = u.first_id
                     ORDER BY u.n) AS m;
        END IF;
        IF new_ids IS NOT NULL THEN
            PERFORM postern.enqueue(new_ids, whose, type_ids, documents, traces);
        END IF;
        IF has_keys THEN
            INSERT INTO postern.idempotency_key (owner_id, key, fingerprint, message_ids)
            SELECT owners[m.request], keys[m.request], fingerprints[m.request],
                   array_agg(m.id ORDER BY m.n)
              FROM unnest(message_of, first_ids) WITH ORDINALITY AS m (request, id, n)
             WHERE outcomes[m.request] = 'new' AND keys[m.request] IS NOT NULL
             GROUP BY m.request;
        END IF;
    END IF;
    IF 'again' = ANY (outcomes) THEN
        SELECT array_agg(m.request), array_agg(m.id) INTO message_of, first_ids
          FROM (SELECT u.request, u.id, u.n
                  FROM unnest(message_of, first_ids) WITH ORDINALITY AS u (request, id, n)
                 WHERE outcomes[u.request] <> 'again'
                UNION ALL
                SELECT r.n, i.id, i.n
                  FROM unnest(outcomes, owners, keys) WITH ORDINALITY
                       AS r (outcome, owner, key, n)
                 CROSS JOIN LATERAL (
                       SELECT k.message_ids
                         FROM postern.idempotency_key AS k
                        WHERE k.owner_id = r.owner AND k.key = r.key
                       OFFSET 0) AS k
                 CROSS JOIN LATERAL unnest(k.message_ids) WITH ORDINALITY AS i (id, n)
                 WHERE r.outcome = 'again'
                 ORDER BY n) AS m;
    END IF;

    RETURN QUERY
    SELECT CASE WHEN r.outcome IN ('new', 'again') THEN 'accepted' ELSE r.outcome END,
           r.ids, members[r.n], given[r.n], sentences[r.n],
           CASE WHEN r.outcome = 'outside_working_hours' THEN closed END
      FROM (SELECT u.n, max(u.outcome) AS outcome,
                   array_agg(postern.write_message_id(u.id) ORDER BY u.place)
                       FILTER (WHERE u.id IS NOT NULL) AS ids
              FROM (SELECT o.n, o.outcome, NULL::uuid AS id, NULL::bigint AS place
                      FROM unnest(outcomes) WITH ORDINALITY AS o (outcome, n)
                    UNION ALL
                    SELECT m.request, NULL, m.id, m.n
                      FROM unnest(message_of, first_ids) WITH ORDINALITY AS m (request, id, n)
                     WHERE outcomes[m.request] IN ('new', 'again')) AS u
             GROUP BY u.n) AS r
     ORDER BY r.n;
END
$$;
COMMENT ON FUNCTION postern.api_publish IS
'Admit many requests at once and publish what they have; one row for each, in their
order. Each has the SHA-256 of its token; its Idempotency-Key, or NULL, and the SHA-256
of its body; and its traceparent, or NULL. Messages are flat: message_of has the
position, from 1, of the request that a message belongs to; with its account (* is
all, NULL: none was given), type, data in JSON, and its own key, or NULL. Who has a
token of an account publishes to that account; one of the platform names it. Arrays may
be empty, not NULL.

outcome is accepted (ids has the messages''), admitted (it has no messages),
invalid_token, outside_working_hours (retry_after has the seconds to the next opening),
insufficient_scope (the token is not good for messages:write), invalid_parameter or
unknown_event (parameter, value and sentence say what is wrong), idempotency_mismatch
(the key was used with another body), or busy: another request of the call, or another
transaction, is using a key of it; the caller should ask again. Of a request all is
published or nothing. Each is answered as if it came alone.

A request with a key that was accepted is answered the same ids again, as long as its
messages are kept. The key of a message is the dedup_key of publish(): it belongs to
the account, whoever publishes.';
