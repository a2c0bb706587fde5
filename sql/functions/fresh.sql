-- fresh.sql - which fresh deliveries a claim takes, and where each of them goes.
--
-- What an account has no room for stays where it is, unlocked. Rows are looked
-- at first, and then those are locked that fit; who finds them locked by
-- another claim looks further. Between the two a row may go, but its place is
-- nobody else's while the snapshot of the caller's statement is held.

CREATE OR REPLACE FUNCTION postern.choose_fresh(
    low bigint, size integer, skip jsonb, visit uuid[], visit_low bigint[], each integer,
    wanted integer, to_park integer, park_each integer, rooms postern.rooms,
    OUT high bigint, OUT passed integer, OUT cost integer, OUT places tid[],
    OUT accounts uuid[], OUT webhooks uuid[], OUT suspects uuid[], OUT failings uuid[],
    OUT aside tid[], OUT more uuid[], OUT more_low bigint[])
LANGUAGE plpgsql VOLATILE
AS $$
DECLARE
    look record := postern.look_at_fresh(low, size, visit, visit_low, each, skip, rooms);
    fit  record;
BEGIN
    high := look.high;
    passed := look.looked;
    cost := look.cost;
    IF look.candidates IS NULL THEN
        RETURN;
    END IF;
    IF postern.all_proven(look.candidates) IS NOT TRUE THEN
        fit := postern.fit_fresh(look.candidates, wanted, to_park, park_each, rooms, high);
    ELSIF postern.within_webhooks(look.candidates, rooms) THEN
        fit := postern.fit_accounts(look.candidates, wanted, high);
    ELSE
        fit := postern.fit_webhooks(look.candidates, wanted, to_park, park_each, rooms, high);
    END IF;
    IF fit.high < high THEN
        high := fit.high;
        passed := size;
    END IF;
    aside := fit.aside;
    SELECT array_agg(h.place), array_agg(h.account_id) FILTER (WHERE h.flies),
           array_agg(h.webhook_id) FILTER (WHERE h.flies),
           array_agg(h.account_id) FILTER (
               WHERE h.place IN (SELECT s.place FROM unnest(fit.suspects) AS s (place))),
           array_agg(h.account_id) FILTER (
               WHERE h.place IN (SELECT f.place FROM unnest(fit.failings) AS f (place)))
      INTO places, accounts, webhooks, suspects, failings
      FROM (SELECT f.ctid AS place, f.account_id, f.webhook_id,
                   f.ctid NOT IN (SELECT a.place FROM unnest(fit.aside) AS a (place)) AS flies
              FROM postern.fresh AS f
             WHERE f.ctid = ANY (fit.fitting || fit.aside)
               FOR UPDATE SKIP LOCKED) AS h;
    IF cardinality(places) = cardinality(look.candidates) THEN
        RETURN;
    END IF;
    -- With those of a visit that another claim has locked: it may fail.
    SELECT array_agg(b.account_id), array_agg(b.low) INTO more, more_low
      FROM (SELECT c.account_id, min(c.id) - 1 AS low
              FROM unnest(look.candidates) AS c
             WHERE CASE WHEN c.visit > 0 THEN
                       c.place NOT IN (SELECT h.place FROM unnest(places) AS h (place))
                   ELSE c.id <= high AND c.place NOT IN (
                       SELECT f.place FROM unnest(fit.fitting || fit.aside) AS f (place)) END
             GROUP BY c.account_id) AS b;
END
$$;
COMMENT ON FUNCTION postern.choose_fresh IS
'Look at up to size fresh deliveries, 500 at most, with ids above low, but for
those of accounts in skip, and at some of each account in visit above visit_low.
Lock those that may be sent now and that there is room for: of an account in
visit at most each, 256 at most, of all at most wanted. Lock also, of one
account at most park_each and of all at most to_park, those that are to go out
of the way, at aside: their webhook has enough in flight, cools down, is
ordered, has a rate, or is disabled; and up to 8 of an account whose webhook is
not proven, if there is no room for such. places are of all that are locked.
accounts and webhooks are of those to be sent, suspects has the account of each
whose webhook is not proven, failings of each whose webhook fails. Above low
passed were looked at, high being the last, at some cost: 1 for each, or 2 if
its webhook was looked up. more are the accounts of those that were left, with
ids above more_low.';

CREATE OR REPLACE FUNCTION postern.choose_tail(
    low bigint, wanted integer, to_pass integer, skip jsonb, rooms postern.rooms,
    OUT high bigint, OUT places tid[], OUT accounts uuid[], OUT webhooks uuid[],
    OUT suspects uuid[], OUT failings uuid[], OUT aside tid[], OUT more uuid[],
    OUT more_low bigint[], OUT clogged boolean)
LANGUAGE plpgsql VOLATILE
AS $$
DECLARE
    size         integer := least(wanted, 500);
    left_to_pass integer := to_pass;
    to_park      integer := 96;
    part         record;
BEGIN
    clogged := false;
    LOOP
        part := postern.choose_fresh(coalesce(high, low), size, skip, '{}', '{}', 0,
            wanted, to_park, 32, rooms);
        high := coalesce(part.high, high);
        places := places || part.places;
        accounts := accounts || part.accounts;
        webhooks := webhooks || part.webhooks;
        suspects := suspects || part.suspects;
        failings := failings || part.failings;
        aside := aside || part.aside;
        more := more || part.more;
        more_low := more_low || part.more_low;
        wanted := wanted - coalesce(cardinality(part.accounts), 0);
        left_to_pass := left_to_pass - part.cost;
        EXIT WHEN part.passed < size OR wanted <= 0;
        clogged := left_to_pass <= 0;
        EXIT WHEN clogged;
        -- They were left, moved out of the way, or another claim has them.
        rooms := postern.less_rooms(rooms, part.accounts, part.webhooks, part.suspects,
            part.failings);
        to_park := to_park - coalesce(cardinality(part.aside), 0);
        size := least(500, left_to_pass);
    END LOOP;
END
$$;
COMMENT ON FUNCTION postern.choose_tail IS
'Lock at most wanted fresh deliveries with ids above low that can be sent now,
and pass over others at a cost of to_pass or a little more; clogged: it ended at
that. The rest as in choose_fresh.';

CREATE OR REPLACE FUNCTION postern.open_parked(accounts uuid[], webhooks uuid[])
RETURNS void
LANGUAGE plpgsql VOLATILE
AS $$
DECLARE
    theirs  uuid[];
    shut    uuid[];
    changed uuid[];
BEGIN
    SELECT array_agg(p.account_id) FILTER (WHERE w.state = 'disabled'),
           array_agg(p.webhook_id) FILTER (WHERE w.state = 'disabled')
      INTO theirs, shut
      FROM unnest(accounts, webhooks) AS p (account_id, webhook_id)
      LEFT JOIN LATERAL (
           SELECT w.state
             FROM postern.webhook AS w
            WHERE w.account_id = p.account_id AND w.id = p.webhook_id
           OFFSET 0) AS w ON true;
    PERFORM postern.open_lanes(accounts, webhooks, ARRAY(
        SELECT coalesce(w.id <> ALL (shut), true) FROM unnest(webhooks) AS w (id)));
    IF shut IS NULL THEN
        RETURN;
    END IF;
    -- Enabled since, and looked at perhaps before this was there.
    SELECT array_agg(p.account_id), array_agg(p.webhook_id)
      INTO theirs, changed
      FROM unnest(theirs, shut) AS p (account_id, webhook_id)
      JOIN LATERAL (
           SELECT w.state
             FROM postern.webhook AS w
            WHERE w.account_id = p.account_id AND w.id = p.webhook_id
           OFFSET 0) AS w ON w.state <> 'disabled';
    PERFORM postern.open_lanes(theirs, changed,
        array_fill(true, ARRAY[coalesce(cardinality(changed), 0)]));
END
$$;
COMMENT ON FUNCTION postern.open_parked IS
'Have the backlogs looked at into which fresh deliveries have just gone.';

CREATE OR REPLACE FUNCTION postern.move_fresh(
    places tid[], aside tid[], lease interval, OUT looked integer,
    OUT taken postern.in_flight[])
LANGUAGE plpgsql VOLATILE
AS $$
DECLARE
    accounts uuid[];
    webhooks uuid[];
BEGIN
    looked := coalesce(cardinality(places), 0);
    IF looked = 0 THEN
        RETURN;
    END IF;
    WITH picked AS (
        DELETE FROM postern.fresh AS f
         WHERE f.ctid = ANY (places)
        RETURNING f.id, f.account_id, f.webhook_id, f.message_id,
               f.ctid = ANY (aside) IS TRUE AS aside
    ), kept AS (
        INSERT INTO postern.backlog AS b (id, account_id, webhook_id, message_id,
            ordered, attempt_no, retry_no, due_at)
        SELECT p.id, p.account_id, p.webhook_id, p.message_id, coalesce((
                   SELECT w.ordered
                     FROM postern.webhook AS w
                    WHERE w.account_id = p.account_id AND w.id = p.webhook_id), false),
               0, 0, now()
          FROM picked AS p
         WHERE p.aside
        RETURNING b.account_id, b.webhook_id
    ), flown AS (
        INSERT INTO postern.in_flight AS f (id, account_id, webhook_id, message_id,
            ordered, attempt_no, retry_no, lease_until, worker)
        SELECT p.id, p.account_id, p.webhook_id, p.message_id, false, 1, 0,
               clock_timestamp() + lease, postern.this_worker()
          FROM picked AS p
         WHERE NOT p.aside
        RETURNING f
    )
    SELECT (SELECT array_agg(n.f) FROM flown AS n),
           (SELECT array_agg(k.account_id) FROM kept AS k),
           (SELECT array_agg(k.webhook_id) FROM kept AS k)
      INTO taken, accounts, webhooks;
    IF webhooks IS NOT NULL THEN
        PERFORM postern.open_parked(accounts, webhooks);
    END IF;
END
$$;
COMMENT ON FUNCTION postern.move_fresh IS
'Move the fresh deliveries at these places, which the caller has locked: those
at aside to the backlog, the others in flight, which are taken. looked is how
many there are.';

CREATE OR REPLACE FUNCTION postern.next_owed(
    past uuid, low bigint, since timestamptz, wanted integer,
    OUT accounts uuid[], OUT stopped uuid)
LANGUAGE plpgsql VOLATILE
AS $$
DECLARE
    asked uuid[] := ARRAY(
        SELECT a.id FROM postern.account AS a WHERE a.id > past ORDER BY a.id LIMIT 1000);
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
        ELSE asked[1000] END;
END
$$;
COMMENT ON FUNCTION postern.next_owed IS
'The next accounts after past that have fresh deliveries with ids above low, or
lanes that have become due since then.
stopped is the last that was asked; NULL: there is no other.';

CREATE OR REPLACE FUNCTION postern.choose_visited(
    visit uuid[], visit_low bigint[], each integer, wanted integer, rooms postern.rooms,
    OUT places tid[], OUT accounts uuid[], OUT webhooks uuid[], OUT suspects uuid[],
    OUT failings uuid[], OUT aside tid[], OUT more uuid[], OUT more_low bigint[])
LANGUAGE plpgsql VOLATILE
AS $$
DECLARE
    to_park constant integer := 96;
BEGIN
    IF visit <> '{}' THEN
        SELECT c.places, c.accounts, c.webhooks, c.suspects, c.failings, c.aside, c.more,
               c.more_low
          INTO places, accounts, webhooks, suspects, failings, aside, more, more_low
          FROM postern.choose_fresh(0, 0, '{}', visit, visit_low, least(each, 256), wanted, to_park,
               greatest(to_park / cardinality(visit), 4), rooms) AS c;
    END IF;
END
$$;
COMMENT ON FUNCTION postern.choose_visited IS
'Lock at most wanted fresh deliveries that can be sent now, of each account in
visit at most each above visit_low. The rest as in choose_fresh.';

CREATE OR REPLACE FUNCTION postern.choose_new(
    low bigint, wanted integer, past uuid, since timestamptz, owing uuid[],
    rooms postern.rooms, suspect_owed integer, failing_owed integer,
    OUT high bigint, OUT clogged boolean, OUT asked uuid[], OUT stopped uuid,
    OUT places tid[], OUT accounts uuid[], OUT webhooks uuid[], OUT suspects uuid[],
    OUT failings uuid[], OUT aside tid[], OUT more uuid[], OUT more_low bigint[])
LANGUAGE plpgsql VOLATILE
AS $$
DECLARE
    tail record;
    next record;
    lap  record;
BEGIN
    -- The lap finds what is behind more than 250.
    tail := postern.choose_tail(low, wanted, CASE WHEN past IS NULL THEN 2000 ELSE 250 END,
        postern.no_room(owing), rooms);
    high := tail.high;
    clogged := tail.clogged;
    asked := '{}';
    IF past IS NOT NULL THEN
        low := greatest(low, high);
        next := postern.next_owed(past, low, since, 64);
        asked := next.accounts;
        stopped := next.stopped;
        next.accounts := ARRAY(SELECT n.id FROM unnest(asked) AS n (id)
                                WHERE n.id <> ALL (owing || tail.more));
        lap := postern.choose_visited(next.accounts,
            array_fill(low, ARRAY[cardinality(next.accounts)]), 4,
            greatest(wanted - coalesce(cardinality(tail.accounts), 0), wanted / 4),
            postern.rooms_of_owed(rooms, suspect_owed, failing_owed, tail.accounts,
                tail.webhooks, tail.suspects, tail.failings));
        tail.places := tail.places || lap.places;
        tail.accounts := tail.accounts || lap.accounts;
        tail.webhooks := tail.webhooks || lap.webhooks;
        tail.suspects := tail.suspects || lap.suspects;
        tail.failings := tail.failings || lap.failings;
        tail.aside := tail.aside || lap.aside;
        tail.more := tail.more || lap.more;
        tail.more_low := tail.more_low || lap.more_low;
    END IF;
    places := tail.places;
    accounts := tail.accounts;
    webhooks := tail.webhooks;
    suspects := tail.suspects;
    failings := tail.failings;
    aside := tail.aside;
    more := tail.more;
    more_low := tail.more_low;
END
$$;
COMMENT ON FUNCTION postern.choose_new IS
'Lock at most some wanted fresh deliveries with ids above low that can be sent
now, but for those of accounts that are owing; and, unless past is NULL, a few
of each of the next accounts after it that have some behind those. asked are
these accounts, and others that have lanes which became due since then; stopped
is the last that was asked, NULL: there is no other. The rest as in choose_tail.';
