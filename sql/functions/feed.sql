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

CREATE OR REPLACE FUNCTION postern.feed_lock_lower(place bigint)
RETURNS boolean
LANGUAGE plpgsql VOLATILE
AS $$
BEGIN
    WHILE NOT pg_try_advisory_xact_lock_shared(postern.feed_locks() + place) LOOP
        place := place - 1;
        IF place < 0 THEN
            RAISE lock_not_available USING MESSAGE = 'all locks of the feed are taken';
        END IF;
    END LOOP;
    RETURN true;
END
$$;
COMMENT ON FUNCTION postern.feed_lock_lower IS
'Take the lock of this place, or of the next lower one that nobody else has, as
anybody may.';

CREATE OR REPLACE FUNCTION postern.feed_is_held()
RETURNS boolean
LANGUAGE sql VOLATILE
AS $$
    SELECT current_setting('postern.feed_held', true)
        IS NOT DISTINCT FROM pg_current_xact_id()::text
$$;
COMMENT ON FUNCTION postern.feed_is_held IS
'Has this transaction noted that it holds the feed? One expression, as feed_lock() and
feed_note(), which is taken in where it is called: that saves a call.';

CREATE OR REPLACE FUNCTION postern.feed_lock()
RETURNS boolean
LANGUAGE sql VOLATILE
AS $$
    SELECT CASE
    WHEN pg_try_advisory_xact_lock_shared(
             postern.feed_locks() + pg_sequence_last_value('postern.feed'))
    THEN true
    ELSE postern.feed_lock_lower(pg_sequence_last_value('postern.feed') - 1)
    END
$$;
COMMENT ON FUNCTION postern.feed_lock IS
'Hold the feed at the last place there is, until this transaction is over. Called
before places are given, or a reader could pass them, and in a block that has an
EXCEPTION: what a cursor''s query locks by itself goes when that fails, though what it
has published before may stay.';

CREATE OR REPLACE FUNCTION postern.feed_note()
RETURNS boolean
LANGUAGE sql VOLATILE
AS $$
    SELECT set_config('postern.feed_held', pg_current_xact_id()::text, true) <> ''
$$;
COMMENT ON FUNCTION postern.feed_note IS
'Note, for the rest of the transaction, that it holds the feed. A savepoint that is
rolled back takes back both, the note and the lock.';

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
