-- feed.sql - the order of /v1/events, in which nothing is added behind a reader.
--
-- Places come from a sequence. Transactions that publish commit in another
-- order; each therefore holds, until it is over, a shared advisory lock whose key
-- is a place below all of its own: the sequence's last when it first published.
-- A reader asks for the sequence's last place, then for the lowest that is so
-- held, and shows, with a snapshot taken after both, what is not above either.
-- Nothing of that is missing: whoever was given one of these places had its lock
-- before. Either it holds the lock still, and nothing above that is shown; or it
-- is over, and can be seen, as that comes before a lock is let go.

CREATE OR REPLACE FUNCTION postern.feed_locks()
RETURNS bigint
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$ SELECT 8101694254662811648 $$;
COMMENT ON FUNCTION postern.feed_locks IS
'The first of 2^48 advisory locks, one for each place in the feed: the view
feed_held finds them. No other of ours is among them.';

CREATE OR REPLACE FUNCTION postern.feed_place_again()
RETURNS xid8
LANGUAGE plpgsql VOLATILE
AS $$
DECLARE
    last  bigint := pg_sequence_last_value('postern.feed');
    noted bigint := current_setting('postern.feed_held', true);
    held  bigint := CASE WHEN noted BETWEEN 0 AND last THEN noted ELSE last END;
BEGIN
    -- It has it already, but for one that somebody else has, as anybody may, and a
    -- note that is not ours. A lower one will do.
    WHILE NOT pg_try_advisory_xact_lock_shared(postern.feed_locks() + held) LOOP
        held := held - 1;
        IF held < 0 THEN
            RAISE lock_not_available USING MESSAGE = 'all locks of the feed are taken';
        END IF;
    END LOOP;
    IF held <> noted THEN
        noted := set_config('postern.feed_held', held::text, true);
    END IF;
    RETURN nextval('postern.feed')::text::xid8;
END
$$;
COMMENT ON FUNCTION postern.feed_place_again IS
'As feed_place(), in a transaction that has noted a lock.';

CREATE OR REPLACE FUNCTION postern.feed_place()
RETURNS xid8
LANGUAGE sql VOLATILE
AS $$
    SELECT CASE
    -- Noted for the rest of the transaction. A savepoint that is rolled back takes
    -- back both, the note and the lock.
    WHEN coalesce(current_setting('postern.feed_held', true), '') = ''
         AND pg_try_advisory_xact_lock_shared(postern.feed_locks() + set_config(
             'postern.feed_held', pg_sequence_last_value('postern.feed')::text, true)::bigint)
    THEN nextval('postern.feed')::text::xid8
    ELSE postern.feed_place_again()
    END
$$;
COMMENT ON FUNCTION postern.feed_place IS
'A place in the feed for a message of this transaction. The lock comes before
the place, or a reader could pass it. One expression, which the statement that
inserts the message takes in: that saves a call.';

CREATE OR REPLACE FUNCTION postern.feed_end()
RETURNS xid8
LANGUAGE plpgsql VOLATILE
AS $$
DECLARE
    last bigint;
    held bigint;
BEGIN
    -- A standby has no advisory locks, and an older snapshot would be no later.
    IF current_setting('transaction_isolation') <> 'read committed' OR pg_is_in_recovery() THEN
        RAISE EXCEPTION 'the feed is read in a read committed transaction, and not of a standby'
            USING ERRCODE = 'invalid_transaction_state';
    END IF;
    -- In this order, each by itself.
    last := pg_sequence_last_value('postern.feed');
    held := (SELECT min(h.place) FROM postern.feed_held AS h);
    RETURN least(last, held)::text::xid8;
END
$$;
COMMENT ON FUNCTION postern.feed_end IS
'The place up to which a statement that begins after this sees all messages that
there will ever be.';
