-- candidates.sql - fresh deliveries that a claim looks at, and which of them fit.

CREATE OR REPLACE FUNCTION postern.look_at_fresh(
    low bigint, size integer, visit uuid[], visit_low bigint[], each integer,
    skip jsonb, rooms postern.rooms)
RETURNS postern.candidate[]
LANGUAGE plpgsql VOLATILE
AS $$
BEGIN
    -- Those of an account by both columns of their index: while the table is
    -- empty, the primary key seems as good. Of an account that has no room
    -- there may be thousands: they are left out first. The limits that are
    -- constants tell the planner that these are few: hash tables for a part of
    -- millions would take longer than all else.
    RETURN (
        WITH part AS (
            SELECT f.place, f.id, f.account_id, f.webhook_id, CASE
                       WHEN postern.has_key(skip, f.account_id) THEN 0
                       ELSE greatest(postern.room_of(rooms.accounts, f.account_id,
                           rooms.account), 0) END AS room,
                   row_number() OVER (PARTITION BY f.account_id ORDER BY f.id) AS nth
              FROM (SELECT f.ctid AS place, f.id, f.account_id, f.webhook_id
                      FROM postern.fresh AS f
                     WHERE f.id > low
                     ORDER BY f.id
                     LIMIT size) AS f
             LIMIT 500
        ), listed AS (
            SELECT 0::bigint AS visit, p.*
              FROM part AS p
             WHERE p.room > 0 AND p.nth <= p.room + 64
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
        SELECT array_agg(c::postern.candidate)
          FROM (SELECT l.visit::integer, l.place, l.id, l.account_id, l.webhook_id, l.room,
                       l.nth::integer, CASE WHEN w.proven THEN 0 WHEN n.fails THEN 2 ELSE 1 END,
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
                        WHERE n.account_id = l.account_id AND n.webhook_id = l.webhook_id
                       OFFSET 0) AS n ON true
                UNION ALL
                SELECT 0, p.*, NULL, NULL
                  FROM part AS p
                 WHERE (p.room > 0 AND p.nth <= p.room + 64) IS NOT TRUE) AS c);
END
$$;
COMMENT ON FUNCTION postern.look_at_fresh IS
'Up to size fresh deliveries with ids above low, 500 at most, and some of each
account in visit above visit_low. The webhook is not looked up of those that
are far beyond their account''s room, which is 0 if it is in skip.';

CREATE OR REPLACE FUNCTION postern.all_fit(
    candidates postern.candidate[], wanted integer, rooms postern.rooms)
RETURNS boolean
LANGUAGE plpgsql STABLE
AS $$
BEGIN
    RETURN cardinality(candidates) <= wanted
       AND (SELECT bool_and(c.may_fly IS TRUE AND c.standing = 0 AND c.nth <= c.room)
              FROM unnest(candidates) AS c)
       AND NOT EXISTS (
           SELECT FROM unnest(candidates) AS c
            GROUP BY c.webhook_id
           HAVING count(*) > postern.room_of(rooms.webhooks, c.webhook_id, rooms.webhook));
END
$$;
COMMENT ON FUNCTION postern.all_fit IS
'Is there room for all of these, and may all be sent now?';

CREATE OR REPLACE FUNCTION postern.fit_fresh(
    candidates postern.candidate[], size integer, wanted integer, to_park integer,
    park_each integer, rooms postern.rooms,
    OUT fitting tid[], OUT suspects tid[], OUT failings tid[], OUT aside tid[],
    OUT high bigint)
LANGUAGE plpgsql STABLE
AS $$
BEGIN
    WITH known AS (
        SELECT c.* FROM unnest(candidates) AS c WHERE c.may_fly IS NOT NULL
    ), scarce AS (
        SELECT k.webhook_id AS id
          FROM known AS k
         WHERE k.may_fly
         GROUP BY k.webhook_id
        HAVING count(*) > postern.room_of(rooms.webhooks, k.webhook_id, rooms.webhook)
        UNION ALL
        SELECT k.account_id
          FROM known AS k
         WHERE k.may_fly
         GROUP BY k.account_id, k.room
        HAVING count(*) > k.room
    ), marked AS (
        SELECT k.*, k.standing > 0
               OR k.webhook_id IN (SELECT s.id FROM scarce AS s)
               OR k.account_id IN (SELECT s.id FROM scarce AS s) AS scarce
          FROM known AS k
         WHERE k.may_fly
    ), of_webhook AS (
        -- Each step numbers what the one before leaves.
        SELECT n.*, n.nth_of_webhook <= postern.room_of(rooms.webhooks, n.webhook_id,
                   rooms.webhook) AS open
          FROM (SELECT m.*, row_number() OVER (PARTITION BY m.webhook_id ORDER BY m.id)
                       AS nth_of_webhook
                  FROM marked AS m
                 WHERE m.scarce) AS n
    ), of_failing AS (
        SELECT o.*, count(*) FILTER (WHERE o.standing = 2) OVER (
                   PARTITION BY o.account_id ORDER BY o.id) AS failing
          FROM of_webhook AS o
         WHERE o.nth_of_webhook
               <= postern.webhook_room(rooms, o.webhook_id, o.standing)
    ), of_suspect AS (
        SELECT f.*, count(*) FILTER (WHERE f.standing > 0) OVER (
                   PARTITION BY f.account_id ORDER BY f.id) AS suspect
          FROM of_failing AS f
         WHERE f.standing < 2 OR f.failing
               <= postern.room_of(rooms.failings, f.account_id, rooms.failing)
    ), of_account AS (
        SELECT s.*, row_number() OVER (PARTITION BY s.account_id ORDER BY s.id)
                   AS nth_of_account
          FROM of_suspect AS s
         WHERE s.standing = 0 OR s.suspect
               <= postern.room_of(rooms.suspects, s.account_id, rooms.suspect)
    ), of_all_failing AS (
        SELECT a.visit, a.id, a.place, a.standing, count(*) FILTER (WHERE a.standing = 2)
                   OVER (ORDER BY a.visit, a.id) AS failing
          FROM of_account AS a
         WHERE a.nth_of_account <= a.room
    ), of_all AS (
        SELECT f.visit, f.id, f.place, f.standing, count(*) FILTER (WHERE f.standing > 0)
                   OVER (ORDER BY f.visit, f.id) AS suspect
          FROM of_all_failing AS f
         WHERE f.standing < 2 OR f.failing <= rooms.all_failings
    ), fits AS (
        SELECT f.*
          FROM (SELECT m.visit, m.id, m.place, m.standing FROM marked AS m WHERE NOT m.scarce
                UNION ALL
                SELECT a.visit, a.id, a.place, a.standing
                  FROM of_all AS a
                 WHERE a.standing = 0 OR a.suspect <= rooms.all_suspects) AS f
         ORDER BY f.visit, f.id
         LIMIT wanted
    ), passed AS (
        SELECT max(c.id) AS high
          FROM unnest(candidates) AS c
         WHERE c.visit = 0
           AND (size <= wanted
               OR (c.id > (SELECT CASE WHEN count(*) = wanted THEN max(f.id) END
                             FROM fits AS f)) IS NOT TRUE)
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
                        SELECT o.visit, o.id, o.place, o.account_id, o.room, o.open
                          FROM of_webhook AS o
                         WHERE NOT o.open
                            OR o.id NOT IN (SELECT a.id FROM of_account AS a)) AS w
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
proven, or fails; and which are to go aside. high: all of the tail up to there
have been judged.';
