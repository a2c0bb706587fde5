-- fresh.sql - which fresh deliveries a claim takes, and where each of them goes.
--
-- What an account has no room for stays where it is, unlocked. To look at rows
-- and to lock some of them are two steps of one statement; who finds them
-- locked by another claim looks further.

CREATE OR REPLACE FUNCTION postern.choose_fresh(
    low bigint, size integer, skip jsonb, visit uuid[], visit_low bigint[], each integer,
    wanted integer, to_park integer, rooms postern.rooms,
    OUT high bigint, OUT passed integer, OUT places tid[], OUT owners uuid[],
    OUT aside tid[], OUT more uuid[], OUT more_low bigint[])
LANGUAGE plpgsql VOLATILE
AS $$
BEGIN
    -- Those of an account by both columns of their index: while the table is
    -- empty, the primary key seems as good. Of an account that is shut there
    -- may be thousands: they are left out first, and looked up in a hash. So
    -- are those that there is enough room for: only the others are numbered.
    WITH part AS (
        SELECT f.ctid AS place, f.id, f.account_id, f.webhook_id,
               f.account_id IN (SELECT k.id FROM postern.shut_ids(rooms.accounts || skip)
                                         AS k (id)) AS shut
          FROM postern.fresh AS f
         WHERE f.id > low
         ORDER BY f.id
         LIMIT size
    ), listed AS (
        SELECT 0::bigint AS n, p.place, p.id, p.account_id, p.webhook_id,
               postern.room_of(rooms.accounts, p.account_id, rooms.account) AS room
          FROM part AS p
         WHERE NOT p.shut
        UNION ALL
        SELECT v.n, f.*, least(choose_fresh.each, v.room)
          FROM (SELECT u.n, u.account_id, u.low, greatest(
                       postern.room_of(rooms.accounts, u.account_id, rooms.account), 0) AS room
                  FROM unnest(visit, visit_low) WITH ORDINALITY AS u (account_id, low, n)
                 WHERE u.low < 9223372036854775807) AS v
         CROSS JOIN LATERAL (
               SELECT f.ctid, f.id, f.account_id, f.webhook_id
                 FROM postern.fresh AS f
                WHERE (f.account_id, f.id) > (v.account_id, v.low)
                  AND (f.account_id, f.id) <= (v.account_id, 9223372036854775807)
                ORDER BY f.account_id, f.id
                LIMIT CASE WHEN v.room = 0 THEN 1
                           ELSE least(choose_fresh.each, v.room)
                               + greatest(256 / cardinality(visit), 4) END) AS f
    ), scarce AS (
        SELECT l.webhook_id AS id
          FROM listed AS l
         GROUP BY l.webhook_id
        HAVING count(*) > postern.room_of(rooms.webhooks, l.webhook_id, rooms.webhook)
            OR postern.has_key(skip, l.webhook_id)
        UNION ALL
        SELECT l.account_id
          FROM listed AS l
         GROUP BY l.account_id, l.room
        HAVING count(*) > l.room
    ), marked AS (
        SELECT l.*, l.webhook_id IN (SELECT s.id FROM scarce AS s)
               OR l.account_id IN (SELECT s.id FROM scarce AS s) AS scarce
          FROM listed AS l
    ), numbered AS (
        SELECT o.n, o.place, o.id, o.account_id, o.room, o.open, o.open AND count(*)
                   FILTER (WHERE o.open) OVER (PARTITION BY o.account_id ORDER BY o.id)
               <= o.room AS fits
          FROM (SELECT m.*, row_number() OVER (PARTITION BY m.webhook_id ORDER BY m.id)
                       <= postern.room_of(rooms.webhooks, m.webhook_id, rooms.webhook)
                       AND NOT postern.has_key(skip, m.webhook_id) AS open
                  FROM marked AS m
                 WHERE m.scarce) AS o
    ), fitting AS (
        SELECT f.n, f.id, f.place
          FROM (SELECT m.n, m.id, m.place FROM marked AS m WHERE NOT m.scarce
                UNION ALL
                SELECT n.n, n.id, n.place FROM numbered AS n WHERE n.fits) AS f
         ORDER BY f.n, f.id
         LIMIT wanted
    ), passed_by AS (
        SELECT p.id, p.account_id
          FROM part AS p
         WHERE size <= wanted
            OR (p.id > (SELECT CASE WHEN count(*) = wanted THEN max(f.id) END
                          FROM fitting AS f)) IS NOT TRUE
    ), in_the_way AS (
        SELECT n.id, n.place
          FROM numbered AS n
         WHERE NOT n.open AND n.room > 0
           AND (n.n > 0 OR n.id <= (SELECT max(p.id) FROM passed_by AS p))
         ORDER BY n.n, n.id
         LIMIT to_park
    ), had AS (
        SELECT f.ctid AS place, f.id, f.account_id
          FROM postern.fresh AS f
         WHERE f.ctid = ANY (ARRAY(SELECT t.place FROM fitting AS t
                                   UNION ALL SELECT w.place FROM in_the_way AS w))
           FOR UPDATE SKIP LOCKED
    ), beyond AS (
        -- With those of a visit that another claim has locked: it may fail.
        SELECT l.account_id, min(l.id) - 1 AS low
          FROM (SELECT p.account_id, p.id
                  FROM passed_by AS p
                 WHERE p.id NOT IN (SELECT f.id FROM fitting AS f)
                   AND p.id NOT IN (SELECT w.id FROM in_the_way AS w)
                UNION ALL
                SELECT v.account_id, v.id
                  FROM listed AS v
                 WHERE v.n > 0 AND v.id NOT IN (SELECT h.id FROM had AS h)) AS l
         GROUP BY l.account_id
        HAVING NOT postern.has_key(skip, l.account_id)
    )
    SELECT max(p.id), count(*),
           (SELECT array_agg(h.place) FROM had AS h),
           (SELECT array_agg(h.account_id) FROM had AS h
             WHERE h.id NOT IN (SELECT w.id FROM in_the_way AS w)),
           (SELECT array_agg(w.place) FROM in_the_way AS w),
           (SELECT array_agg(b.account_id) FROM beyond AS b),
           (SELECT array_agg(b.low) FROM beyond AS b)
      INTO high, passed, places, owners, aside, more, more_low
      FROM passed_by AS p;
END
$$;
COMMENT ON FUNCTION postern.choose_fresh IS
'Look at up to size fresh deliveries with ids above low, but for those of
accounts in skip, and at some of each account in visit above visit_low. Lock
those that there is room for: of an account in visit at most each, of all at
most wanted; and, of webhooks that are in skip or have no room, at most to_park
that are to go out of the way, those at aside. places are of all that are
locked, owners has the account of each that there is room for. Above low passed
were looked at, high being the last. more are the accounts of what there is no
room for, with ids above more_low.';

CREATE OR REPLACE FUNCTION postern.choose_tail(
    low bigint, wanted integer, to_pass integer, skip jsonb, rooms postern.rooms,
    OUT high bigint, OUT places tid[], OUT fitting integer, OUT aside tid[],
    OUT more uuid[], OUT more_low bigint[], OUT clogged boolean)
LANGUAGE plpgsql VOLATILE
AS $$
DECLARE
    size         integer := wanted;
    left_to_pass integer := to_pass;
    to_park      integer := 256;
    part         record;
BEGIN
    clogged := false;
    fitting := 0;
    LOOP
        part := postern.choose_fresh(coalesce(high, low), size, skip, '{}', '{}', 0,
            wanted, to_park, rooms);
        high := coalesce(part.high, high);
        places := places || part.places;
        fitting := fitting + coalesce(cardinality(part.owners), 0);
        aside := aside || part.aside;
        more := more || part.more;
        more_low := more_low || part.more_low;
        wanted := wanted - coalesce(cardinality(part.owners), 0);
        left_to_pass := left_to_pass - part.passed;
        EXIT WHEN part.passed < size OR wanted <= 0;
        clogged := left_to_pass <= 0;
        EXIT WHEN clogged;
        -- They had no room, or another claim has them.
        rooms.accounts := postern.less_room(rooms.accounts, part.owners, rooms.account);
        to_park := to_park - coalesce(cardinality(part.aside), 0);
        size := least(500, left_to_pass);
    END LOOP;
END
$$;
COMMENT ON FUNCTION postern.choose_tail IS
'Lock at most wanted fresh deliveries with ids above low that there is room for,
and pass over some to_pass others at most; clogged: it ended at that. fitting is
how many there is room for, the rest as in choose_fresh.';

CREATE OR REPLACE FUNCTION postern.open_parked(
    accounts uuid[], webhooks uuid[], open boolean[])
RETURNS void
LANGUAGE plpgsql VOLATILE
AS $$
DECLARE
    changed_accounts uuid[];
    changed          uuid[];
BEGIN
    PERFORM postern.open_lanes(accounts, webhooks, open);
    IF true = ALL (open) THEN
        RETURN;
    END IF;
    -- Enabled since, and looked at perhaps before this was there.
    SELECT array_agg(p.account_id), array_agg(p.webhook_id)
      INTO changed_accounts, changed
      FROM unnest(accounts, webhooks, open) AS p (account_id, webhook_id, open)
      JOIN LATERAL (
           SELECT w.state
             FROM postern.webhook AS w
            WHERE w.account_id = p.account_id AND w.id = p.webhook_id
           OFFSET 0) AS w ON w.state <> 'disabled'
     WHERE NOT p.open;
    PERFORM postern.open_lanes(changed_accounts, changed,
        array_fill(true, ARRAY[coalesce(cardinality(changed), 0)]));
END
$$;
COMMENT ON FUNCTION postern.open_parked IS
'Have the backlogs looked at into which fresh deliveries have just gone.';

CREATE OR REPLACE FUNCTION postern.move_fresh(
    places tid[], aside tid[], lease interval, rooms postern.rooms,
    OUT taken postern.in_flight[], OUT suspects uuid[], OUT failings uuid[],
    OUT parked uuid[])
LANGUAGE plpgsql VOLATILE
AS $$
DECLARE
    parked_accounts uuid[];
    parked_open     boolean[];
BEGIN
    WITH picked AS (
        DELETE FROM postern.fresh AS f
         WHERE f.ctid = ANY (places)
        RETURNING f.id, f.account_id, f.webhook_id, f.message_id,
               f.ctid = ANY (aside) IS NOT TRUE AS wanted
    ), known AS (
        SELECT p.*, w.state IS DISTINCT FROM 'disabled' AS open,
               coalesce(w.ordered, false) AS ordered,
               CASE WHEN w.proven THEN 0 WHEN l.fails THEN 2 ELSE 1 END AS standing,
               coalesce(p.wanted AND w.state = 'enabled' AND w.rate IS NULL
                   AND NOT w.ordered AND l.cools IS NOT TRUE, false) AS may_fly
          FROM picked AS p
          LEFT JOIN LATERAL (
               SELECT w.state, w.rate, w.ordered, w.proven
                 FROM postern.webhook AS w
                WHERE w.account_id = p.account_id AND w.id = p.webhook_id
               OFFSET 0) AS w ON true
          LEFT JOIN LATERAL (
               SELECT l.cool_until IS NOT NULL AS cools, l.failures > 0 AS fails
                 FROM postern.lane AS l
                WHERE l.account_id = p.account_id AND l.webhook_id = p.webhook_id
               OFFSET 0) AS l ON true
    ), failing AS (
        -- Of each account, and then of those, of all.
        SELECT k.id, k.account_id, k.standing, k.standing < 2
               OR count(*) FILTER (WHERE k.standing = 2)
                   OVER (PARTITION BY k.account_id ORDER BY k.id)
               <= postern.room_of(rooms.failings, k.account_id, rooms.failing) AS fits
          FROM known AS k
         WHERE k.may_fly AND k.standing > 0
    ), suspect AS (
        SELECT f.id, f.account_id, count(*) OVER (PARTITION BY f.account_id ORDER BY f.id)
               <= postern.room_of(rooms.suspects, f.account_id, rooms.suspect) AS fits
          FROM (SELECT f.*, count(*) FILTER (WHERE f.standing = 2) OVER (ORDER BY f.id)
                       <= rooms.all_failings AS few
                  FROM failing AS f
                 WHERE f.fits) AS f
         WHERE f.standing < 2 OR f.few
    ), allowed AS (
        SELECT s.id FROM suspect AS s WHERE s.fits ORDER BY s.id LIMIT rooms.all_suspects
    ), judged AS (
        SELECT k.*, k.may_fly AND (k.standing = 0
               OR k.id IN (SELECT a.id FROM allowed AS a)) AS flies
          FROM known AS k
    ), kept AS (
        INSERT INTO postern.backlog (id, account_id, webhook_id, message_id,
            ordered, attempt_no, retry_no, due_at)
        SELECT j.id, j.account_id, j.webhook_id, j.message_id, j.ordered, 0, 0, now()
          FROM judged AS j
         WHERE NOT j.flies
    ), flown AS (
        INSERT INTO postern.in_flight AS f (id, account_id, webhook_id, message_id,
            ordered, attempt_no, retry_no, lease_until)
        SELECT j.id, j.account_id, j.webhook_id, j.message_id, false, 1, 0,
               clock_timestamp() + lease
          FROM judged AS j
         WHERE j.flies
        RETURNING f
    )
    SELECT (SELECT array_agg(n.f) FROM flown AS n),
           array_agg(j.account_id) FILTER (WHERE j.flies AND j.standing >= 1),
           array_agg(j.account_id) FILTER (WHERE j.flies AND j.standing >= 2),
           array_agg(j.webhook_id) FILTER (WHERE NOT j.flies),
           array_agg(j.account_id) FILTER (WHERE NOT j.flies),
           array_agg(j.open) FILTER (WHERE NOT j.flies)
      INTO taken, suspects, failings, parked, parked_accounts, parked_open
      FROM judged AS j;
    IF parked IS NOT NULL THEN
        PERFORM postern.open_parked(parked_accounts, parked, parked_open);
    END IF;
END
$$;
COMMENT ON FUNCTION postern.move_fresh IS
'Move the fresh deliveries at these places, which the caller has locked. Each
goes in flight; or into the backlog, if it is in aside, if its webhook cools
down, is ordered, has a rate, or is disabled, or if that is not proven and there
is no room for such. taken are those now in flight; suspects has the account of
each whose webhook is not proven, failings of each whose webhook fails; parked
are the webhooks of the others.';

CREATE OR REPLACE FUNCTION postern.take_tail(
    low bigint, wanted integer, to_pass integer, lease interval, skip jsonb,
    rooms postern.rooms,
    OUT high bigint, OUT looked integer, OUT taken postern.in_flight[],
    OUT suspects uuid[], OUT failings uuid[], OUT clogged boolean,
    OUT more uuid[], OUT more_low bigint[])
LANGUAGE plpgsql VOLATILE
AS $$
DECLARE
    part  record;
    moved record;
BEGIN
    looked := 0;
    FOR round IN 1 .. 2 LOOP
        part := postern.choose_tail(coalesce(high, low), wanted, to_pass, skip, rooms);
        high := coalesce(part.high, high);
        clogged := part.clogged;
        more := more || part.more;
        more_low := more_low || part.more_low;
        EXIT WHEN part.places IS NULL;
        moved := postern.move_fresh(part.places, part.aside, lease, rooms);
        taken := taken || moved.taken;
        suspects := suspects || moved.suspects;
        failings := failings || moved.failings;
        looked := looked + cardinality(part.places);
        EXIT WHEN part.fitting < wanted
            OR coalesce(cardinality(moved.taken), 0) >= wanted / 2;
        -- Much was of webhooks that may not be sent to, and there is more: go
        -- past these.
        wanted := wanted - coalesce(cardinality(moved.taken), 0);
        rooms := postern.less_rooms(rooms, moved.taken, moved.suspects, moved.failings);
        skip := skip || postern.no_room(moved.parked);
    END LOOP;
END
$$;
COMMENT ON FUNCTION postern.take_tail IS
'Take at most wanted fresh deliveries with ids above low, but for those of
accounts in skip. Many for a webhook that may not be sent to do not delay those
behind them. high is the highest id below which nothing is left but of accounts
in skip, or in more, with ids above more_low; looked is how many were taken or
moved to the backlog; clogged: there may be more, of which it looked at none.
The rest as in move_fresh.';

CREATE OR REPLACE FUNCTION postern.take_visited(
    visit uuid[], visit_low bigint[], each integer, wanted integer, lease interval,
    rooms postern.rooms,
    OUT looked integer, OUT taken postern.in_flight[], OUT suspects uuid[],
    OUT failings uuid[], OUT more uuid[], OUT more_low bigint[])
LANGUAGE plpgsql VOLATILE
AS $$
DECLARE
    theirs record;
    moved  record;
BEGIN
    looked := 0;
    IF visit = '{}' THEN
        RETURN;
    END IF;
    theirs := postern.choose_fresh(0, 0, '{}', visit, visit_low, each, wanted, 256, rooms);
    more := theirs.more;
    more_low := theirs.more_low;
    looked := coalesce(cardinality(theirs.places), 0);
    IF looked > 0 THEN
        moved := postern.move_fresh(theirs.places, theirs.aside, lease, rooms);
        taken := moved.taken;
        suspects := moved.suspects;
        failings := moved.failings;
    END IF;
END
$$;
COMMENT ON FUNCTION postern.take_visited IS
'Take at most wanted fresh deliveries of the accounts in visit above visit_low,
of each at most each. The rest as in take_tail.';

CREATE OR REPLACE FUNCTION postern.next_owed(
    past uuid, low bigint, since timestamptz, wanted integer,
    OUT accounts uuid[], OUT stopped uuid)
LANGUAGE plpgsql VOLATILE
AS $$
DECLARE
    most constant integer := 1000; -- are asked
    asked uuid[] := ARRAY(
        SELECT a.id FROM postern.account AS a WHERE a.id > past ORDER BY a.id LIMIT most);
BEGIN
    -- Account by account: from one that is owed something to the next it would
    -- pass all that one of them has below low, or that is dead.
    accounts := ARRAY(
        SELECT a.id
          FROM unnest(asked) AS a (id)
         WHERE EXISTS (
               SELECT FROM postern.fresh AS f
                WHERE (f.account_id, f.id) > (a.id, low)
                  AND (f.account_id, f.id) <= (a.id, 9223372036854775807)
                ORDER BY f.account_id, f.id
               OFFSET 0)
            OR EXISTS (
               SELECT FROM postern.lane AS l
                WHERE l.next_at < 'infinity'
                  AND (CASE WHEN l.next_at < 'infinity' THEN l.account_id END, l.next_at)
                      >= (a.id, since)
                  AND (CASE WHEN l.next_at < 'infinity' THEN l.account_id END, l.next_at)
                      <= (a.id, clock_timestamp())
                ORDER BY CASE WHEN l.next_at < 'infinity' THEN l.account_id END, l.next_at
               OFFSET 0)
         LIMIT wanted);
    stopped := CASE WHEN cardinality(accounts) = wanted THEN accounts[wanted]
        ELSE asked[most] END;
END
$$;
COMMENT ON FUNCTION postern.next_owed IS
'The next accounts after past that have fresh deliveries with ids above low, or
lanes that have become due since then.
stopped is the last that was asked; NULL: there is no other.';

CREATE OR REPLACE FUNCTION postern.take_next(
    past uuid, low bigint, since timestamptz, skip uuid[], wanted integer,
    lease interval, rooms postern.rooms,
    OUT looked integer, OUT taken postern.in_flight[], OUT suspects uuid[],
    OUT failings uuid[], OUT accounts uuid[], OUT stopped uuid,
    OUT more uuid[], OUT more_low bigint[])
LANGUAGE plpgsql VOLATILE
AS $$
DECLARE
    next   record;
    theirs record;
BEGIN
    looked := 0;
    accounts := '{}';
    IF past IS NULL THEN
        RETURN;
    END IF;
    next := postern.next_owed(past, low, since, 64);
    accounts := next.accounts;
    stopped := next.stopped;
    theirs := postern.take_visited(
        ARRAY(SELECT n.id FROM unnest(next.accounts) AS n (id) WHERE n.id <> ALL (skip)),
        array_fill(low, ARRAY[cardinality(next.accounts)]), 4, wanted, lease, rooms);
    looked := theirs.looked;
    taken := theirs.taken;
    suspects := theirs.suspects;
    failings := theirs.failings;
    more := theirs.more;
    more_low := theirs.more_low;
END
$$;
COMMENT ON FUNCTION postern.take_next IS
'Take a few fresh deliveries with ids above low of each of the next accounts
after past that have some, except those in skip. accounts are those and others
that have lanes which have become due since then; stopped is the last that was
looked at, NULL: there is no other. The rest as in take_tail.';
