-- backlog.sql - what a claim takes of what has waited.

CREATE OR REPLACE FUNCTION postern.has_earlier_fresh(account uuid, webhook uuid, head bigint)
RETURNS boolean
LANGUAGE plpgsql VOLATILE
AS $$
DECLARE
    has_its boolean;
    many    boolean;
BEGIN
    SELECT bool_or(e.webhook_id = webhook), count(*) = 1000
      INTO has_its, many
      FROM (SELECT f.webhook_id
              FROM postern.fresh AS f
             WHERE (f.account_id, f.id) >= (account, 0)
               AND (f.account_id, f.id) < (account, head)
             ORDER BY f.account_id, f.id
             LIMIT 1000) AS e;
    RETURN coalesce(has_its, false) OR many;
END
$$;
COMMENT ON FUNCTION postern.has_earlier_fresh IS
'Is a delivery of this webhook with a lower id than head fresh, or in the hands
of a claim that has not committed? Also true if its account has so many below
head that it is not known.';

CREATE OR REPLACE FUNCTION postern.take_ordered(
    lane postern.lane, disabled boolean, lease interval,
    OUT taken postern.in_flight[], OUT next_at timestamptz)
LANGUAGE plpgsql VOLATILE
AS $$
DECLARE
    head postern.backlog;
BEGIN
    SELECT b.* INTO head
      FROM postern.backlog AS b
     WHERE b.webhook_id >= lane.webhook_id AND b.webhook_id <= lane.webhook_id
       AND b.account_id = lane.account_id AND b.ordered
     ORDER BY b.webhook_id, b.id
     LIMIT 1;
    IF head.id IS NULL THEN
        RETURN;
    ELSIF disabled AND head.due_at > '-infinity' THEN
        next_at := 'infinity';
        RETURN;
    ELSIF head.due_at > clock_timestamp() THEN
        next_at := head.due_at;
        RETURN;
    ELSIF EXISTS (
            SELECT FROM postern.in_flight AS f
             WHERE f.account_id = lane.account_id
               AND f.webhook_id = lane.webhook_id) THEN
        -- When it is over, the lane is told, unless it began unordered.
        next_at := clock_timestamp() + CASE WHEN EXISTS (
            SELECT FROM postern.in_flight AS f
             WHERE f.account_id = lane.account_id
               AND f.webhook_id = lane.webhook_id AND f.ordered)
            THEN lease ELSE interval '100 ms' END;
        RETURN;
    ELSIF postern.has_earlier_fresh(lane.account_id, lane.webhook_id, head.id) THEN
        next_at := clock_timestamp() + interval '5 ms';
        RETURN;
    END IF;
    DELETE FROM postern.backlog AS b
     WHERE b.id = (SELECT h.id
                     FROM postern.backlog AS h
                    WHERE h.id = head.id
                      FOR UPDATE SKIP LOCKED);
    IF NOT FOUND THEN
        next_at := clock_timestamp() + interval '1 second';
        RETURN;
    END IF;
    INSERT INTO postern.in_flight AS f (id, account_id, webhook_id, message_id,
        ordered, attempt_no, retry_no, lease_until, worker)
    VALUES (head.id, head.account_id, head.webhook_id, head.message_id, true,
        head.attempt_no + 1, head.retry_no, clock_timestamp() + lease,
        postern.this_worker())
    RETURNING ARRAY[f] INTO taken;
END
$$;
COMMENT ON FUNCTION postern.take_ordered IS
'Take the first delivery of an ordered webhook, if it is due and none is in
flight. Otherwise next_at says when to look again; NULL: none is left.';

CREATE OR REPLACE FUNCTION postern.take_due(
    lane postern.lane, disabled boolean, room integer, lease interval,
    OUT taken postern.in_flight[], OUT next_at timestamptz)
LANGUAGE plpgsql VOLATILE
AS $$
DECLARE
    until timestamptz :=
        CASE WHEN disabled THEN '-infinity' ELSE clock_timestamp() END;
BEGIN
    WITH picked AS (
        DELETE FROM postern.backlog AS b
         WHERE b.id = ANY (ARRAY(
               SELECT d.id
                 FROM postern.backlog AS d
                WHERE d.account_id = lane.account_id
                  AND d.webhook_id = lane.webhook_id AND NOT d.ordered
                  AND d.due_at <= until
                ORDER BY d.due_at, d.id
                LIMIT room
                  FOR UPDATE SKIP LOCKED))
        RETURNING b.*
    ), flown AS (
        INSERT INTO postern.in_flight AS f (id, account_id, webhook_id, message_id,
            ordered, attempt_no, retry_no, lease_until, worker)
        SELECT p.id, p.account_id, p.webhook_id, p.message_id, false,
               p.attempt_no + 1, p.retry_no, clock_timestamp() + lease,
               postern.this_worker()
          FROM picked AS p
        RETURNING f
    )
    SELECT array_agg(n.f) INTO taken FROM flown AS n;
    IF coalesce(cardinality(taken), 0) = room THEN
        next_at := until;
        RETURN;
    END IF;
    SELECT d.due_at INTO next_at
      FROM postern.backlog AS d
     WHERE d.account_id = lane.account_id AND d.webhook_id = lane.webhook_id
       AND NOT d.ordered
     ORDER BY d.due_at
     LIMIT 1;
    IF disabled AND next_at IS NOT NULL THEN
        next_at := 'infinity';
    ELSIF next_at <= until AND taken IS NULL THEN
        -- Somebody has them locked.
        next_at := until + interval '1 second';
    END IF;
END
$$;
COMMENT ON FUNCTION postern.take_due IS
'Take at most room due deliveries of a webhook. next_at says when to look
again; NULL: none is left.';

CREATE OR REPLACE FUNCTION postern.take_lane(
    lane postern.lane, hook postern.webhook, room integer, lease interval)
RETURNS postern.in_flight[]
LANGUAGE plpgsql VOLATILE
AS $$
DECLARE
    disabled boolean := hook.state = 'disabled';
    again    timestamptz;
    got      record;
BEGIN
    IF hook.id IS NULL OR hook.state = 'deleted' THEN
        PERFORM postern.drop_owed(lane.account_id, lane.webhook_id);
        RETURN NULL;
    END IF;
    again := postern.reorder(lane.account_id, lane.webhook_id, hook.ordered);
    IF again IS NOT NULL THEN
        -- Any of the others may be the first in order.
        UPDATE postern.lane AS l SET next_at = again
         WHERE l.account_id = lane.account_id AND l.webhook_id = lane.webhook_id;
        RETURN NULL;
    ELSIF hook.ordered THEN
        got := postern.take_ordered(lane, disabled, lease);
    ELSE
        got := postern.take_due(lane, disabled, least(room,
            CASE WHEN lane.cool_until IS NOT NULL THEN 1 END,
            ceil(hook.rate / 20)::integer), lease);
    END IF;
    PERFORM postern.move_lane(lane, hook.rate,
        hook.ordered OR lane.cool_until IS NOT NULL,
        coalesce(cardinality(got.taken), 0), got.next_at, lease);
    RETURN got.taken;
END
$$;
COMMENT ON FUNCTION postern.take_lane IS
'Take at most room deliveries from the backlog of a webhook whose lane is due,
and which the caller has locked.';

CREATE OR REPLACE FUNCTION postern.choose_lanes(
    low timestamptz, until timestamptz, visit uuid[], visit_due timestamptz[],
    rooms postern.rooms,
    OUT accounts uuid[], OUT webhooks uuid[], OUT stopped timestamptz,
    OUT more uuid[], OUT more_due timestamptz[])
LANGUAGE plpgsql VOLATILE
AS $$
BEGIN
    -- Of an account that is shut there may be thousands: they are left out
    -- first, and looked up in a hash.
    WITH visited AS (
        SELECT u.n, u.account_id, u.due,
               postern.room_of(rooms.accounts, u.account_id, rooms.account) > 0 AS open
          FROM unnest(visit, visit_due) WITH ORDINALITY AS u (account_id, due, n)
         WHERE u.due IS NOT NULL
    ), others AS (
        SELECT l.account_id, l.webhook_id, l.next_at,
               l.failures > 0 OR l.cool_until IS NOT NULL AS fails,
               l.account_id IN (SELECT k.id FROM postern.shut_ids(rooms.accounts)
                                         AS k (id)) AS shut
          FROM postern.lane AS l
         WHERE l.next_at <= until AND l.next_at >= low
         ORDER BY l.next_at
         LIMIT 2000
    ), listed AS (
        SELECT v.n, l.*
          FROM visited AS v
         CROSS JOIN LATERAL (
               SELECT l.*
                 FROM (SELECT l.account_id, l.webhook_id, l.next_at,
                              l.failures > 0 OR l.cool_until IS NOT NULL AS fails
                         FROM postern.lane AS l
                        WHERE l.next_at < 'infinity'
                          AND (CASE WHEN l.next_at < 'infinity' THEN l.account_id END, l.next_at)
                              >= (v.account_id, v.due)
                          AND (CASE WHEN l.next_at < 'infinity' THEN l.account_id END, l.next_at)
                              <= (v.account_id, until)
                        ORDER BY CASE WHEN l.next_at < 'infinity' THEN l.account_id END, l.next_at
                        LIMIT greatest(500 / cardinality(visit), 16)) AS l
                LIMIT 500) AS l
         WHERE v.open
        UNION ALL
        SELECT 0, o.account_id, o.webhook_id, o.next_at, o.fails
          FROM others AS o
         WHERE NOT o.shut
           AND (o.next_at >= visit_due[array_position(visit, o.account_id)]) IS NOT TRUE
    ), classed AS (
        -- Whether it is proven matters only where that is short.
        SELECT l.*,
               l.fails OR (rooms.all_suspects < 16
                       OR postern.room_of(rooms.suspects, l.account_id, rooms.suspect) <= 0)
                   AND NOT coalesce((
                       SELECT w.proven FROM postern.webhook AS w
                        WHERE w.account_id = l.account_id AND w.id = l.webhook_id), true)
                   AS suspect
          FROM listed AS l
    ), known AS (
        SELECT c.*,
               postern.room_of(rooms.accounts, c.account_id, rooms.account) > 0
               AND postern.room_of(rooms.webhooks, c.webhook_id, rooms.webhook) > 0
               AND (NOT c.suspect
                    OR postern.room_of(rooms.suspects, c.account_id, rooms.suspect) > 0)
               AND (NOT c.fails OR rooms.all_failings > 0
                    AND postern.room_of(rooms.failings, c.account_id, rooms.failing) > 0)
                   AS fits
          FROM classed AS c
    ), numbered AS (
        SELECT k.*, row_number() OVER (PARTITION BY k.account_id, k.fits
                   ORDER BY k.next_at) AS nth
          FROM known AS k
    ), ranked AS (
        SELECT n.*, n.fits AND (NOT n.suspect
                   OR count(*) FILTER (WHERE n.suspect AND n.fits)
                      OVER (ORDER BY n.nth, n.n, n.next_at, n.webhook_id)
                      <= rooms.all_suspects) AS open
          FROM numbered AS n
    ), chosen AS (
        SELECT r.*, row_number() OVER in_turn AS rank,
               r.open AND row_number() OVER in_turn <= 16 AS chosen
          FROM ranked AS r
        WINDOW in_turn AS (ORDER BY NOT r.open, r.nth, r.n, r.next_at)
    ), beyond AS (
        SELECT b.account_id, min(b.due) AS due
          FROM (SELECT c.account_id, c.next_at AS due
                  FROM chosen AS c
                 WHERE c.chosen OR NOT c.open OR c.nth > 1 OR c.n > 0
                UNION ALL
                SELECT o.account_id, o.next_at FROM others AS o WHERE o.shut
                UNION ALL
                SELECT v.account_id, v.due FROM visited AS v WHERE NOT v.open) AS b
         GROUP BY b.account_id
    )
    SELECT array_agg(c.account_id ORDER BY c.rank) FILTER (WHERE c.chosen),
           array_agg(c.webhook_id ORDER BY c.rank) FILTER (WHERE c.chosen),
           least(min(c.next_at) FILTER (WHERE c.open AND c.n = 0 AND c.nth = 1
                   AND NOT c.chosen),
               (SELECT CASE WHEN count(*) = 2000 THEN
                           greatest(max(o.next_at), low + interval '1 us') END
                  FROM others AS o)),
           (SELECT array_agg(b.account_id) FROM beyond AS b),
           (SELECT array_agg(b.due) FROM beyond AS b)
      INTO accounts, webhooks, stopped, more, more_due
      FROM chosen AS c;
END
$$;
COMMENT ON FUNCTION postern.choose_lanes IS
'Choose at most 16 lanes that are due until then: of the accounts in visit
those due from visit_due on, of all those due from low on; of each account in
turn, and only what there is room for. stopped is where it stopped to look at
the latter; NULL: it did not. more are accounts that may have others, due from
more_due on.';

CREATE OR REPLACE FUNCTION postern.due_lanes(
    INOUT accounts uuid[], INOUT due timestamptz[], until timestamptz)
LANGUAGE plpgsql VOLATILE
AS $$
BEGIN
    SELECT array_agg(m.account_id), array_agg(l.next_at) INTO accounts, due
      FROM unnest(accounts, due) AS m (account_id, due)
     CROSS JOIN LATERAL (
           SELECT l.next_at
             FROM postern.lane AS l
            WHERE l.next_at < 'infinity'
              AND (CASE WHEN l.next_at < 'infinity' THEN l.account_id END, l.next_at)
                  >= (m.account_id, m.due)
              AND (CASE WHEN l.next_at < 'infinity' THEN l.account_id END, l.next_at)
                  <= (m.account_id, until)
            ORDER BY CASE WHEN l.next_at < 'infinity' THEN l.account_id END, l.next_at
            LIMIT 1) AS l;
END
$$;
COMMENT ON FUNCTION postern.due_lanes IS
'Those of the accounts that have lanes due from then on, and since when.';

CREATE OR REPLACE FUNCTION postern.take_lanes(
    low timestamptz, wanted integer, is_due boolean, lease interval, visit uuid[],
    visit_due timestamptz[], INOUT rooms postern.rooms,
    OUT looked integer, OUT taken postern.in_flight[], OUT stopped timestamptz,
    OUT more uuid[], OUT more_due timestamptz[])
LANGUAGE plpgsql VOLATILE
AS $$
DECLARE
    until    timestamptz := clock_timestamp();
    chosen   record;
    lane     postern.lane;
    hook     postern.webhook;
    standing integer;
    room     integer;
    got      postern.in_flight[];
    its      uuid[];
BEGIN
    looked := 0;
    IF NOT is_due AND array_remove(visit_due, NULL) = '{}' THEN
        RETURN;
    END IF;
    chosen := postern.choose_lanes(low, until, visit, visit_due, rooms);
    stopped := chosen.stopped;
    FOR lane IN
        SELECT l.*
          FROM unnest(chosen.accounts, chosen.webhooks) AS c (account_id, webhook_id)
         CROSS JOIN LATERAL (
               SELECT l.*
                 FROM postern.lane AS l
                WHERE l.account_id = c.account_id AND l.webhook_id = c.webhook_id
                  AND l.next_at <= until
                  FOR UPDATE SKIP LOCKED) AS l
    LOOP
        IF wanted <= 0 THEN
            stopped := least(stopped, lane.next_at);
            CONTINUE;
        END IF;
        -- As it is now that the lane is locked.
        SELECT w.* INTO hook
          FROM postern.webhook AS w
         WHERE w.account_id = lane.account_id AND w.id = lane.webhook_id;
        standing := CASE WHEN hook.proven THEN 0
            WHEN lane.failures > 0 OR lane.cool_until IS NOT NULL THEN 2 ELSE 1 END;
        -- And a like part of what is wanted for each of those to come.
        room := least(ceil(wanted::real / (cardinality(chosen.accounts) - looked)),
            postern.room_for(rooms, lane.account_id, lane.webhook_id, standing));
        CONTINUE WHEN room <= 0;
        looked := looked + 1;
        got := postern.take_lane(lane, hook, room, lease);
        CONTINUE WHEN got IS NULL;
        taken := taken || got;
        wanted := wanted - cardinality(got);
        its := array_fill(lane.account_id, ARRAY[cardinality(got)]);
        rooms := postern.less_rooms(rooms, its,
            array_fill(lane.webhook_id, ARRAY[cardinality(got)]),
            CASE WHEN standing > 0 THEN its END, CASE WHEN standing > 1 THEN its END);
    END LOOP;
    IF chosen.more IS NOT NULL THEN
        SELECT d.accounts, d.due INTO more, more_due
          FROM postern.due_lanes(chosen.more, chosen.more_due, clock_timestamp()) AS d;
    END IF;
END
$$;
COMMENT ON FUNCTION postern.take_lanes IS
'Take at most wanted deliveries from the backlogs whose time has come, of each
account in turn. is_due: there is one. looked is how many backlogs were looked at,
rooms are those that are left; the rest as in choose_lanes.';
