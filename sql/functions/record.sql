-- record.sql - what became of the attempts that a worker made.

CREATE OR REPLACE FUNCTION postern.set_proven(account uuid, webhook uuid, now_proven boolean)
RETURNS void
LANGUAGE plpgsql VOLATILE
AS $$
BEGIN
    IF postern.hold_webhook(account, webhook) THEN
        UPDATE postern.webhook AS w
           SET proven = now_proven
         WHERE w.account_id = account AND w.id = webhook AND w.proven <> now_proven;
    END IF;
END
$$;
COMMENT ON FUNCTION postern.set_proven IS
'Remember whether a webhook took what it was last sent, and soon enough. If
another transaction holds the webhook it stays as it was, until the next attempt
differs as well.';

CREATE OR REPLACE FUNCTION postern.record(
    ids bigint[], attempt_nos integer[], outcomes text[], verdicts text[],
    ages_ms integer[], retries_ms bigint[], holds_ms integer[],
    hards integer[], statuses integer[], names_us integer[],
    connects_us integer[], tls_us integer[], firsts_us integer[],
    totals_us integer[], peers text[], tls text[], answers bytea[],
    errors text[], answer_headers bytea[] DEFAULT NULL, provens integer[] DEFAULT NULL)
RETURNS TABLE (webhook_id uuid, change text, reason text)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off
SET enable_bitmapscan = off
SET enable_nestloop = off
SET enable_mergejoin = off
SET jit = off
AS $$
DECLARE
    now_at   timestamptz := clock_timestamp();
    accounts uuid[];
    disabled uuid[];
    reasons  text[];
    causes   bigint[];
    given_up bigint[];
    touched  record;
    moved    record;
BEGIN
    FOR touched IN
        WITH landed AS (
            DELETE FROM postern.in_flight AS f
             USING unnest(ids, attempt_nos, outcomes, verdicts, ages_ms,
                   retries_ms, holds_ms, hards, statuses, names_us,
                   connects_us, tls_us, firsts_us, totals_us, peers, tls,
                   answers, errors, answer_headers, provens)
                   AS t (id, attempt_no, outcome, verdict, age_ms, retry_ms,
                       hold_ms, hard, status, name_us, connect_us, tls_us,
                       first_us, total_us, peer, tls, answer, error,
                       answer_headers, proven)
             WHERE f.id = ANY (ids) AND f.id = t.id AND f.attempt_no = t.attempt_no
            RETURNING f.account_id, f.webhook_id, f.message_id, f.ordered,
                   f.retry_no, t.*,
                   now_at - t.age_ms * interval '1 ms' AS started_at
        ), logged AS (
            INSERT INTO postern.attempt
            SELECT l.id, l.attempt_no, l.account_id, l.webhook_id, l.message_id,
                   l.started_at, l.verdict, l.outcome, l.status, l.name_us,
                   l.connect_us, l.tls_us, l.first_us, l.total_us, l.peer,
                   l.tls, l.answer, l.error, l.answer_headers
              FROM landed AS l
             WHERE l.outcome IS DISTINCT FROM 'returned'
        ), owed AS (
            INSERT INTO postern.backlog (id, account_id, webhook_id,
                message_id, ordered, attempt_no, retry_no, due_at)
            SELECT l.id, l.account_id, l.webhook_id, l.message_id, l.ordered,
                   l.attempt_no - (l.outcome IS NOT NULL)::integer,
                   l.retry_no + (l.outcome IS NULL)::integer,
                   now_at + l.retry_ms * interval '1 ms'
              FROM landed AS l
             WHERE l.outcome IS NULL OR l.outcome = 'returned'
        )
        SELECT t.*
          FROM (SELECT l.account_id, l.webhook_id,
                       count(*) FILTER (WHERE l.outcome = 'sent') AS sent,
                       count(*) FILTER (WHERE coalesce(l.outcome, 'failed') = 'failed')
                           AS failed,
                       max(l.started_at) AS began, max(l.hard) > 0 AS hard,
                       max(nullif(l.hold_ms, 0)) * interval '1 ms' AS hold,
                       CASE WHEN bool_or(l.ordered) THEN now_at
                            ELSE now_at + min(l.retry_ms) * interval '1 ms' END AS due,
                       bool_or(l.verdict = 'gone') AS gone,
                       max(coalesce(l.error, 'it answered ' || l.status)) AS why,
                       coalesce(min(l.id) FILTER (WHERE l.verdict = 'gone'),
                           min(l.id) FILTER (WHERE coalesce(l.outcome, 'failed') = 'failed'))
                           AS cause,
                       array_agg(l.id) FILTER (WHERE l.outcome = 'failed') AS given_up,
                       CASE WHEN count(l.proven) > 0 THEN
                           count(*) FILTER (WHERE l.outcome = 'sent'
                               AND l.proven IS DISTINCT FROM 0)
                           > count(*) FILTER (WHERE l.proven = 0) END AS proven,
                       bool_or(l.outcome IS DISTINCT FROM 'sent' OR l.ordered)
                           OR EXISTS (
                               SELECT FROM postern.lane AS n
                                WHERE n.account_id = l.account_id
                                  AND n.webhook_id = l.webhook_id
                                  AND (n.probing OR n.failures > 0
                                      OR n.cool_until IS NOT NULL)
                               OFFSET 0) AS moves
                  FROM landed AS l
                 GROUP BY l.account_id, l.webhook_id) AS t
         WHERE t.moves OR t.proven IS NOT NULL
         ORDER BY t.webhook_id
    LOOP
        IF touched.proven IS NOT NULL THEN
            PERFORM postern.set_proven(touched.account_id, touched.webhook_id,
                touched.proven);
        END IF;
        CONTINUE WHEN NOT touched.moves;
        moved := postern.move_failing_lane(touched.account_id,
            touched.webhook_id, touched.sent::integer,
            touched.failed::integer, touched.began, touched.hard,
            touched.hold, touched.due, touched.gone, touched.why, touched.cause);
        given_up := given_up || touched.given_up;
        IF moved.change = 'disabled' THEN
            accounts := accounts || touched.account_id;
            disabled := disabled || touched.webhook_id;
            reasons := reasons || moved.reason;
            causes := causes || touched.cause;
        ELSIF moved.change IS NOT NULL THEN
            webhook_id := touched.webhook_id;
            change := moved.change;
            reason := moved.reason;
            RETURN NEXT;
        END IF;
    END LOOP;
    IF given_up IS NOT NULL THEN
        PERFORM postern.tell_of_deliveries(given_up);
    END IF;
    FOR i IN 1 .. coalesce(cardinality(disabled), 0) LOOP
        webhook_id := disabled[i];
        change := 'disabled';
        reason := reasons[i];
        IF postern.disable_failing(accounts[i], webhook_id, reason, causes[i]) THEN
            RETURN NEXT;
        END IF;
    END LOOP;
END
$$;
COMMENT ON FUNCTION postern.record IS
'Record the outcomes of attempts: sent, failed (for good), returned (no attempt
was made), or NULL: to be retried after retries_ms. An outcome whose
attempt_no is not the one in flight comes too late and is ignored. ages_ms is
how long ago the attempt began, holds_ms how long the receiver asks to be left
alone, hards is 1 when there was no HTTP answer that counts, provens is 1 when a
webhook that was not proven took it soon enough, and 0 when one that was did
not. Returns the webhooks whose state changed; their accounts, and those of what
failed for good, are told by events.';
