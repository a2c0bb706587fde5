-- candidates.sql - fresh deliveries that a claim looks at, and which of them fit.

CREATE OR REPLACE FUNCTION postern.look_at_fresh(
    low bigint, size integer, visit uuid[], visit_low bigint[], each integer,
    skip jsonb, rooms postern.rooms,
    OUT candidates postern.candidate[], OUT high bigint, OUT looked integer,
    OUT cost integer)
LANGUAGE plpgsql VOLATILE
AS $$
BEGIN
    -- Those of an account by both columns of their index: while the table is
    -- empty, the primary key seems as good. Of an account that has no room
    -- there may be thousands: they are left out first. The limits that are
    -- constants tell the planner that these are few: hash tables for a part of
    -- millions would take longer than all else.
    WITH part AS (
        SELECT f.*
          FROM (SELECT f.ctid AS place, f.id, f.account_id, f.webhook_id
                  FROM postern.fresh AS f
                 WHERE f.id > low
                 ORDER BY f.id
                 LIMIT size) AS f
         LIMIT 500
    ), tail AS (
        SELECT p.*, row_number() OVER (PARTITION BY p.account_id ORDER BY p.id) AS nth
          FROM (SELECT p.*, greatest(postern.room_of(rooms.accounts, p.account_id,
                           rooms.account), 0) AS room
                  FROM part AS p
                 WHERE NOT postern.has_key(skip, p.account_id)) AS p
    ), listed AS (
        SELECT 0::bigint AS visit, t.*
          FROM tail AS t
         WHERE t.room > 0 AND t.nth <= t.room + 64
        UNION ALL
        SELECT v.n, f.*, least(look_at_fresh.each, v.room),
               row_number() OVER (PARTITION BY v.n ORDER BY f.id)
          FROM (SELECT u.n, u.account_id, u.low, greatest(
                       postern.room_of(rooms.accounts, u.account_id, rooms.account), 0) AS room
                  FROM unnest(visit, visit_low) WITH ORDINALITY AS u (account_id, low, n)
                 WHERE u.low < 9223372036854775807) AS v
         CROSS JOIN LATERAL (
               SELECT f.*
                 FROM (SELECT f.ctid, f.id, f.account_id, f.webhook_id
                         FROM postern.fresh AS f
                        WHERE (f.account_id, f.id) > (v.account_id, v.low)
                          AND (f.account_id, f.id) <= (v.account_id, 9223372036854775807)
                        ORDER BY f.account_id, f.id
                        LIMIT CASE WHEN v.room = 0 THEN 1
                                   ELSE least(look_at_fresh.each, v.room)
                                       + greatest(64 / cardinality(visit), 4) END) AS f
                LIMIT 512) AS f
    )
    SELECT (SELECT array_agg(c::postern.candidate)
              FROM (SELECT l.visit::integer, l.place, l.id, l.account_id, l.webhook_id,
                           l.room, l.nth::integer,
                           CASE WHEN w.proven THEN 0 WHEN n.fails THEN 2 ELSE 1 END,
                           coalesce(w.state = 'enabled' AND w.rate IS NULL AND NOT w.ordered
                               AND n.cools IS NOT TRUE, false)
                      FROM listed AS l
                      LEFT JOIN LATERAL (
                           SELECT w.state, w.rate, w.ordered, w.proven
                             FROM postern.webhook AS w
                            WHERE w.account_id = l.account_id AND w.id = l.webhook_id
                           OFFSET 0) AS w ON true
                      LEFT JOIN LATERAL (
                           SELECT n.cool_until IS NOT NULL AS cools, n.failures > 0 AS fails
                             FROM postern.lane AS n
                            WHERE n.account_id = l.account_id
                              AND n.webhook_id = l.webhook_id
                           OFFSET 0) AS n ON true
                    UNION ALL
                    SELECT 0, t.*, NULL, NULL
                      FROM tail AS t
                     WHERE (t.room > 0 AND t.nth <= t.room + 64) IS NOT TRUE) AS c),
           max(p.id), count(*),
           count(*) + (SELECT count(*) FROM listed AS l WHERE l.visit = 0)
      INTO candidates, high, looked, cost
      FROM part AS p;
END
$$;
COMMENT ON FUNCTION postern.look_at_fresh IS
'Up to size fresh deliveries with ids above low, 500 at most, high being the last
and looked how many, but for those of accounts in skip; and some of each account
in visit above visit_low. The webhook is not looked up of those that are far
beyond their account''s room. cost is 1 for each of the tail, or 2 if it was
looked up.';

CREATE OR REPLACE FUNCTION postern.all_proven(candidates postern.candidate[])
RETURNS boolean
LANGUAGE plpgsql STABLE
AS $$
BEGIN
    RETURN (SELECT bool_and(c.may_fly AND c.standing = 0)
              FROM unnest(candidates) AS c
             WHERE c.may_fly IS NOT NULL);
END
$$;
COMMENT ON FUNCTION postern.all_proven IS
'May all of these be sent now, as far as their webhooks are known, and is none of
one that is not proven? NULL: none is known.';

CREATE OR REPLACE FUNCTION postern.within_webhooks(
    candidates postern.candidate[], rooms postern.rooms)
RETURNS boolean
LANGUAGE plpgsql STABLE
AS $$
BEGIN
    RETURN NOT EXISTS (
        SELECT FROM unnest(candidates) AS c
         WHERE c.may_fly
         GROUP BY c.webhook_id
        HAVING count(*) > postern.room_of(rooms.webhooks, c.webhook_id, rooms.webhook));
END
$$;
COMMENT ON FUNCTION postern.within_webhooks IS
'Is there room for all of these, as far as it goes by webhook?';

CREATE OR REPLACE FUNCTION postern.fit_accounts(
    candidates postern.candidate[], wanted integer, INOUT high bigint,
    OUT fitting tid[], OUT suspects tid[], OUT failings tid[], OUT aside tid[])
LANGUAGE plpgsql STABLE
AS $$
BEGIN
    SELECT CASE WHEN count(*) = wanted AND wanted < cardinality(candidates)
                THEN max(f.id) FILTER (WHERE f.visit = 0) ELSE fit_accounts.high END,
           array_agg(f.place)
      INTO high, fitting
      FROM (SELECT c.visit, c.id, c.place
              FROM unnest(candidates) AS c
             WHERE c.may_fly AND c.nth <= c.room
             ORDER BY c.visit, c.id
             LIMIT wanted) AS f;
END
$$;
COMMENT ON FUNCTION postern.fit_accounts IS
'As fit_webhooks, of candidates for which there is room by webhook.';

CREATE OR REPLACE FUNCTION postern.fit_webhooks(
    candidates postern.candidate[], wanted integer, to_park integer,
    park_each integer, rooms postern.rooms, INOUT high bigint,
    OUT fitting tid[], OUT suspects tid[], OUT failings tid[], OUT aside tid[])
LANGUAGE plpgsql STABLE
AS $$
BEGIN
    WITH of_webhook AS (
        SELECT c.visit, c.id, c.place, c.account_id, c.room,
               row_number() OVER (PARTITION BY c.webhook_id ORDER BY c.id)
               <= postern.room_of(rooms.webhooks, c.webhook_id, rooms.webhook) AS fits
          FROM unnest(candidates) AS c
         WHERE c.may_fly
    ), fits AS (
        SELECT a.visit, a.id, a.place
          FROM (SELECT o.*, row_number() OVER (PARTITION BY o.account_id ORDER BY o.id) AS nth
                  FROM of_webhook AS o
                 WHERE o.fits) AS a
         WHERE a.nth <= a.room
         ORDER BY a.visit, a.id
         LIMIT wanted
    ), passed AS (
        SELECT CASE WHEN count(*) = wanted THEN max(f.id) FILTER (WHERE f.visit = 0)
                    ELSE fit_webhooks.high END AS high,
               array_agg(f.place) AS fitting
          FROM fits AS f
    ), in_the_way AS (
        SELECT w.place
          FROM (SELECT o.visit, o.id, o.place,
                       row_number() OVER (PARTITION BY o.account_id ORDER BY o.id) AS nth
                  FROM of_webhook AS o
                 WHERE NOT o.fits AND o.room > 0
                   AND (o.visit > 0 OR o.id <= (SELECT p.high FROM passed AS p))) AS w
         WHERE w.nth <= park_each
         ORDER BY w.visit, w.id
         LIMIT to_park
    )
    SELECT p.fitting, (SELECT array_agg(w.place) FROM in_the_way AS w), p.high
      INTO fitting, aside, high
      FROM passed AS p;
END
$$;
COMMENT ON FUNCTION postern.fit_webhooks IS
'As fit_fresh, of candidates that are all proven.';

CREATE OR REPLACE FUNCTION postern.fit_fresh(
    candidates postern.candidate[], wanted integer, to_park integer,
    park_each integer, rooms postern.rooms, INOUT high bigint,
    OUT fitting tid[], OUT suspects tid[], OUT failings tid[], OUT aside tid[])
LANGUAGE plpgsql STABLE
AS $$
BEGIN
    WITH known AS (
        SELECT c.* FROM unnest(candidates) AS c WHERE c.may_fly IS NOT NULL
    ), of_webhook AS (
        -- Each step numbers what the one before leaves.
        SELECT k.*, row_number() OVER (PARTITION BY k.webhook_id ORDER BY k.id)
                   AS nth_of_webhook
          FROM known AS k
         WHERE k.may_fly
    ), unproven AS (
        SELECT o.*, count(*) FILTER (WHERE o.standing = 2) OVER (
                   PARTITION BY o.account_id ORDER BY o.id) AS failing
          FROM of_webhook AS o
         WHERE o.standing > 0 AND o.nth_of_webhook
               <= postern.webhook_room(rooms, o.webhook_id, o.standing)
    ), of_class AS (
        SELECT o.visit, o.id, o.place, o.account_id, o.room, o.standing
          FROM of_webhook AS o
         WHERE o.standing = 0 AND o.nth_of_webhook
               <= postern.room_of(rooms.webhooks, o.webhook_id, rooms.webhook)
        UNION ALL
        SELECT u.visit, u.id, u.place, u.account_id, u.room, u.standing
          FROM (SELECT u.*, row_number() OVER (PARTITION BY u.account_id ORDER BY u.id)
                       AS suspect
                  FROM unproven AS u
                 WHERE u.standing = 1 OR u.failing
                       <= postern.room_of(rooms.failings, u.account_id, rooms.failing)) AS u
         WHERE u.suspect <= postern.room_of(rooms.suspects, u.account_id, rooms.suspect)
    ), of_account AS (
        SELECT a.*
          FROM (SELECT c.*, row_number() OVER (PARTITION BY c.account_id ORDER BY c.id)
                       AS nth_of_account
                  FROM of_class AS c) AS a
         WHERE a.nth_of_account <= a.room
    ), fits AS (
        SELECT f.*
          FROM (SELECT a.visit, a.id, a.place, a.standing
                  FROM of_account AS a
                 WHERE a.standing = 0
                UNION ALL
                SELECT u.visit, u.id, u.place, u.standing
                  FROM (SELECT u.*, row_number() OVER (ORDER BY u.visit, u.id) AS suspect
                          FROM (SELECT a.*, count(*) FILTER (WHERE a.standing = 2)
                                       OVER (ORDER BY a.visit, a.id) AS failing
                                  FROM of_account AS a
                                 WHERE a.standing > 0) AS u
                         WHERE u.standing = 1 OR u.failing <= rooms.all_failings) AS u
                 WHERE u.suspect <= rooms.all_suspects) AS f
         ORDER BY f.visit, f.id
         LIMIT wanted
    ), passed AS (
        SELECT CASE WHEN count(*) = wanted THEN max(f.id) FILTER (WHERE f.visit = 0)
                    ELSE fit_fresh.high END AS high
          FROM fits AS f
    ), in_the_way AS (
        -- What waits for its webhook alone; and a few of those that wait for
        -- room, so that others of their account come forward.
        SELECT w.place
          FROM (SELECT w.*, row_number() OVER (PARTITION BY w.account_id, w.waits
                           ORDER BY w.id)
                       <= CASE WHEN w.waits THEN least(park_each, 8) ELSE park_each END AS few
                  FROM (SELECT k.visit, k.id, k.place, k.account_id, k.room, false AS waits
                          FROM known AS k
                         WHERE NOT k.may_fly
                        UNION ALL
                        SELECT o.visit, o.id, o.place, o.account_id, o.room,
                               o.nth_of_webhook
                               <= postern.room_of(rooms.webhooks, o.webhook_id, rooms.webhook)
                          FROM of_webhook AS o
                         WHERE o.id NOT IN (SELECT c.id FROM of_class AS c)) AS w
                 WHERE w.room > 0
                   AND (w.visit > 0 OR w.id <= (SELECT p.high FROM passed AS p))) AS w
         WHERE w.few
         ORDER BY w.visit, w.id
         LIMIT to_park
    )
    SELECT (SELECT array_agg(f.place) FROM fits AS f),
           (SELECT array_agg(f.place) FROM fits AS f WHERE f.standing > 0),
           (SELECT array_agg(f.place) FROM fits AS f WHERE f.standing = 2),
           (SELECT array_agg(w.place) FROM in_the_way AS w), p.high
      INTO fitting, suspects, failings, aside, high
      FROM passed AS p;
END
$$;
COMMENT ON FUNCTION postern.fit_fresh IS
'Which of the candidates there is room for, at most wanted; whose webhook is not
proven, or fails; and which are to go aside. high is the last that was looked
at, and becomes the last that was judged.';
