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

CREATE OR REPLACE FUNCTION postern.feed_place()
RETURNS xid8
LANGUAGE plpgsql VOLATILE
AS $$
DECLARE
    last bigint := pg_sequence_last_value('postern.feed');
    held bigint := nullif(current_setting('postern.feed_held', true), '');
BEGIN
    IF held IS NULL OR held NOT BETWEEN 0 AND last THEN
        held := last;
        -- Anybody may have one of these locks; a lower one will do.
        WHILE held > 0
                AND NOT pg_try_advisory_xact_lock_shared(postern.feed_locks() + held) LOOP
            held := held - 1;
        END LOOP;
        PERFORM set_config('postern.feed_held', held::text, true);
    END IF;
    -- Again at every call, which costs little, rather than trust the setting.
    -- A savepoint that is rolled back takes the setting back and the lock.
    PERFORM pg_advisory_xact_lock_shared(postern.feed_locks() + held);
    RETURN nextval('postern.feed')::text::xid8;
END
$$;
COMMENT ON FUNCTION postern.feed_place IS
'A place in the feed for a message of this transaction. The lock comes before
the place, or a reader could pass it.';

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
