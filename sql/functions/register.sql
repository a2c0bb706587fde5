-- register.sql - the one call that registers webhooks, many at once.
--
-- Its plans are pinned: made once a session, and by index whatever the
-- statistics say, so that a plan made while tables were empty is right when
-- they are full. JIT is off because a plan that cannot but scan a small table
-- then looks dear enough to compile.

CREATE OR REPLACE FUNCTION postern.register_again(
    at timestamptz, accounts uuid[], webhooks uuid[], outcomes text[],
    ids uuid[], urls text[], event_of integer[], event_ids integer[])
RETURNS text[]
LANGUAGE plpgsql VOLATILE STRICT
AS $$
DECLARE
    result text[];
BEGIN
    -- A request sent twice, because its COMMIT was lost, changes nothing.
    result := ARRAY(
        SELECT CASE WHEN r.outcome <> 'again' OR s.id IS NULL THEN r.outcome
                    WHEN s.expires_at IS NULL THEN 'registered'
                    ELSE 'superseded' END
          FROM unnest(outcomes, accounts, webhooks, ids) WITH ORDINALITY
               AS r (outcome, account_id, webhook_id, id, n)
          LEFT JOIN postern.secret AS s
            ON s.account_id = r.account_id AND s.webhook_id = r.webhook_id
               AND s.id = r.id
         ORDER BY r.n);

    UPDATE postern.webhook AS w
       SET url = r.url, updated_at = at
      FROM unnest(result, accounts, webhooks, urls)
           AS r (outcome, account_id, webhook_id, url)
     WHERE r.outcome = 'again'
       AND w.account_id = r.account_id AND w.id = r.webhook_id;

    DELETE FROM postern.subscription AS s
     USING unnest(result, accounts, webhooks) WITH ORDINALITY
           AS r (outcome, account_id, webhook_id, n)
     WHERE r.outcome = 'again'
       AND s.account_id = r.account_id AND s.webhook_id = r.webhook_id
       AND (r.n, s.event_type_id) NOT IN (
           SELECT e.request, e.id
             FROM unnest(event_of, event_ids) AS e (request, id)
            WHERE e.id IS NOT NULL);
    INSERT INTO postern.subscription (account_id, webhook_id, event_type_id)
    SELECT accounts[e.request], webhooks[e.request], e.id
      FROM unnest(event_of, event_ids) AS e (request, id)
     WHERE result[e.request] = 'again'
       AND NOT EXISTS (
           SELECT FROM postern.subscription AS s
            WHERE s.account_id = accounts[e.request]
              AND s.webhook_id = webhooks[e.request]
              AND s.event_type_id = e.id);

    -- The secret so far goes on signing for a day.
    UPDATE postern.secret AS s
       SET expires_at = at + interval '24 hours'
      FROM unnest(result, accounts, webhooks)
           AS r (outcome, account_id, webhook_id)
     WHERE r.outcome = 'again'
       AND s.account_id = r.account_id AND s.webhook_id = r.webhook_id
       AND s.expires_at IS NULL;
    PERFORM postern.trim_secrets(at, array_agg(r.account_id),
            array_agg(r.webhook_id))
       FROM unnest(result, accounts, webhooks)
            AS r (outcome, account_id, webhook_id)
      WHERE r.outcome = 'again';
    RETURN result;
END
$$;
COMMENT ON FUNCTION postern.register_again IS
'The part of postern.register that changes existing webhooks: URL, events, and
how long the secret so far still signs. Takes and returns the outcomes.
Requests that were sent before become registered or superseded, and change
nothing.';

CREATE OR REPLACE FUNCTION postern.register(
    ids uuid[], token_hashes bytea[], urls text[], canonicals text[],
    event_of integer[], event_names text[],
    key_ids bytea[], ephemerals bytea[], nonces bytea[], boxes bytea[],
    OUT outcome text, OUT unknown_event text, OUT retry_after integer,
    OUT webhook_id uuid)
RETURNS SETOF record
LANGUAGE plpgsql VOLATILE STRICT SECURITY DEFINER ROWS 64
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off
SET enable_bitmapscan = off
SET enable_hashjoin = off
SET enable_mergejoin = off
SET jit = off
AS $$
DECLARE
    at        timestamptz;
    accounts  uuid[];               -- of each request; NULL: invalid token
    may_write boolean[];            -- of each request: its token's scope
    event_ids integer[];            -- beside event_names; NULL: unknown
    unknowns  text[] := '{}';       -- of each request, its first unknown event
    webhooks  uuid[];               -- of each request; NULL: none as yet
    outcomes  text[];               -- 'new' and 'again' end as 'registered'
    closed    integer;              -- seconds; NULL: open
    free      uuid[] := '{}';       -- accounts that nobody else changes now
    room      integer;              -- of the account with the least
    keys      bytea[];              -- that secrets may be sealed for
    wrong_key bytea;
BEGIN
    SELECT array_agg(t.account_id ORDER BY r.n),
           array_agg('webhooks:write' = ANY (t.scopes) ORDER BY r.n),
           ARRAY(
               SELECT t.id
                 FROM unnest(event_names) WITH ORDINALITY AS e (name, n)
                 LEFT JOIN postern.event_type AS t
                   ON t.name = e.name AND t.kind <> 'test'
                      AND t.archived_in IS NULL
                ORDER BY e.n),
           ARRAY(SELECT k.id FROM postern.sealing_key AS k
                  WHERE k.retired_at IS NULL)
      INTO accounts, may_write, event_ids, keys
      FROM unnest(token_hashes) WITH ORDINALITY AS r (hash, n)
      LEFT JOIN postern.access_token AS t
        ON t.hash = r.hash AND t.revoked_at IS NULL AND t.expires_at > now();

    -- Everything that changes an account's webhooks holds its row. One
    -- request waits for it; of many, none waits for another's account.
    IF cardinality(ids) = 1 AND urls[1] IS NOT NULL THEN
        SELECT ARRAY[l.id],
               l.webhook_limit - l.webhook_count - l.deleted_count
          INTO free, room
          FROM postern.account AS l
         WHERE l.id = accounts[1]
           FOR NO KEY UPDATE;
    ELSIF array_remove(urls, NULL) <> '{}' THEN
        SELECT coalesce(array_agg(a.id), '{}'), min(a.room)
          INTO free, room
          FROM (SELECT l.id,
                       l.webhook_limit - l.webhook_count - l.deleted_count
                           AS room
                  FROM postern.account AS l
                 WHERE l.id = ANY (accounts)
                 ORDER BY l.id
                   FOR NO KEY UPDATE SKIP LOCKED) AS a;
    END IF;
    -- The account may have been deleted while it was waited for.
    free := coalesce(free, '{}');
    at := clock_timestamp();
    -- Whose token is wrong must not learn from the time it takes.
    IF array_remove(accounts, NULL) <> '{}' THEN
        closed := postern.closed_for(at);
    END IF;
    IF array_position(event_ids, NULL) IS NOT NULL
       AND array_remove(accounts, NULL) <> '{}' THEN
        unknowns := ARRAY(
            SELECT f.name
              FROM generate_subscripts(ids, 1) AS r (n)
              LEFT JOIN (
                  SELECT DISTINCT ON (e.request) e.request, e.name
                    FROM unnest(event_of, event_names, event_ids)
                         WITH ORDINALITY AS e (request, name, id, n)
                   WHERE e.id IS NULL
                   ORDER BY e.request, e.n) AS f ON f.request = r.n
             ORDER BY r.n);
    END IF;

    SELECT array_agg(d.webhook_id), array_agg(d.outcome)
      INTO webhooks, outcomes
      FROM (SELECT w.id AS webhook_id,
                   CASE WHEN r.account_id IS NULL THEN 'invalid_token'
                        WHEN closed IS NOT NULL THEN 'outside_working_hours'
                        WHEN NOT r.may_write THEN 'insufficient_scope'
                        WHEN r.url IS NULL THEN 'admitted'
                        WHEN r.unknown IS NOT NULL THEN 'unknown_event'
                        WHEN r.account_id <> ALL (free) THEN 'busy'
                        WHEN row_number() OVER (
                                 PARTITION BY r.account_id, r.canonical
                                 ORDER BY r.n) > 1 THEN 'busy'
                        WHEN w.id IS NOT NULL THEN 'again'
                        -- OFFSET: each by the index, not all of them at once
                        WHEN EXISTS (
                            SELECT FROM postern.webhook AS o
                             WHERE o.id = r.id
                            OFFSET 0) THEN 'superseded'
                        ELSE 'new' END AS outcome
              FROM unnest(accounts, may_write, ids, urls, canonicals, unknowns)
                   WITH ORDINALITY AS r (account_id, may_write, id, url,
                       canonical, unknown, n)
              LEFT JOIN postern.webhook AS w
                ON w.account_id = r.account_id
                   AND w.canonical_url = r.canonical
             ORDER BY r.n) AS d;
    IF room < cardinality(ids) THEN
        outcomes := ARRAY(
            SELECT CASE WHEN r.outcome = 'new'
                         AND a.webhook_count + a.deleted_count
                             + count(*) FILTER (
                                 WHERE r.outcome = 'new')
                                 OVER (PARTITION BY r.account_id ORDER BY r.n)
                             > a.webhook_limit
                        THEN 'webhook_limit_reached'
                        ELSE r.outcome END
              FROM unnest(outcomes, accounts) WITH ORDINALITY
                   AS r (outcome, account_id, n)
              LEFT JOIN postern.account AS a ON a.id = r.account_id
             ORDER BY r.n);
    END IF;

    IF 'again' = ANY (outcomes) THEN
        outcomes := postern.register_again(at, accounts, webhooks, outcomes,
            ids, urls, event_of, event_ids);
    END IF;

    IF NOT array_remove(key_ids, NULL) <@ keys THEN
        SELECT r.key_id INTO wrong_key
          FROM unnest(outcomes, key_ids) AS r (outcome, key_id)
         WHERE r.outcome IN ('new', 'again') AND r.key_id <> ALL (keys)
         LIMIT 1;
        IF FOUND THEN
            RAISE EXCEPTION 'no secret may be sealed for key %',
                encode(wrong_key, 'hex')
                USING ERRCODE = 'PS001',
                    HINT = 'It is unknown or retired; as an administrator:'
                        || ' SELECT postern.add_sealing_key(...)';
        END IF;
    END IF;

    IF 'new' = ANY (outcomes) THEN
        INSERT INTO postern.webhook
            (account_id, id, url, canonical_url, created_at, updated_at)
        SELECT r.account_id, r.id, r.url, r.canonical, at, at
          FROM unnest(outcomes, accounts, ids, urls, canonicals)
               AS r (outcome, account_id, id, url, canonical)
         WHERE r.outcome = 'new';
        INSERT INTO postern.subscription (account_id, webhook_id, event_type_id)
        SELECT accounts[e.request], ids[e.request], e.id
          FROM unnest(event_of, event_ids) AS e (request, id)
         WHERE outcomes[e.request] = 'new';
        UPDATE postern.account AS a
           SET webhook_count = a.webhook_count + r.added
          FROM (SELECT u.account_id, count(*) AS added
                  FROM unnest(outcomes, accounts) AS u (outcome, account_id)
                 WHERE u.outcome = 'new'
                 GROUP BY u.account_id) AS r
         WHERE a.id = r.account_id;
    END IF;

    IF outcomes && '{new,again}' THEN
        INSERT INTO postern.secret
            (account_id, webhook_id, id, key_id, ephemeral, nonce, box,
             created_at)
        SELECT r.account_id, coalesce(r.webhook_id, r.id), r.id, r.key_id,
               r.ephemeral, r.nonce, r.box, at
          FROM unnest(outcomes, accounts, webhooks, ids, key_ids, ephemerals,
                      nonces, boxes)
               AS r (outcome, account_id, webhook_id, id, key_id, ephemeral,
                     nonce, box)
         WHERE r.outcome IN ('new', 'again');
    END IF;

    IF 'invalid_token' = ANY (outcomes) THEN
        outcomes := ARRAY(
            SELECT CASE WHEN r.outcome = 'invalid_token'
                         AND postern.is_platform_token(r.hash)
                        THEN 'insufficient_scope' ELSE r.outcome END
              FROM unnest(outcomes, token_hashes) WITH ORDINALITY
                   AS r (outcome, hash, n)
             ORDER BY r.n);
    END IF;

    RETURN QUERY
    SELECT CASE WHEN r.outcome IN ('new', 'again') THEN 'registered'
                ELSE r.outcome END,
           CASE WHEN r.outcome = 'unknown_event' THEN r.unknown END,
           CASE WHEN r.outcome = 'outside_working_hours' THEN closed END,
           CASE WHEN r.outcome IN ('new', 'again', 'registered')
                THEN coalesce(r.webhook_id, r.id) END
      FROM unnest(outcomes, unknowns, webhooks, ids)
           AS r (outcome, unknown, webhook_id, id);
END
$$;
COMMENT ON FUNCTION postern.register IS
'Admit and register many requests at once; one row for each, in their order.

Each request has an id (UUIDv7; it becomes the id of a new webhook and of the
secret), the SHA-256 of its token, its URL as given and in canonical form
(both NULL: only admit the token), and its sealed secret (key id, ephemeral
public key, nonce, box). Events are flat: event_of has the position, from 1,
of the request that the name beside it in event_names belongs to; the names of
one request are distinct. Arrays may be empty, not NULL.

outcome is registered (webhook_id says which webhook), admitted,
invalid_token, outside_working_hours (retry_after has the seconds to the next
opening), insufficient_scope (the token is not good for webhooks:write, or is
one of the platform, which has no account),
unknown_event (unknown_event has the first of them), webhook_limit_reached,
superseded (the request was registered before, and another has since taken its
place; or a webhook of whatever account has its id), or busy: nothing was
done, because another request of the call names the same webhook, or another
transaction is changing the account. The caller should ask again.

If the account already has the webhook (by canonical URL), its URL as given,
its events and its secret are replaced, and the secret so far signs for 24
hours more. It stays enabled or disabled. A request sent again with the same
id changes nothing.

A call with one request waits for its account as long as lock_timeout allows.
A secret sealed for a key that is unknown or retired: PS001, and nothing of
the call is done.';
