-- claim.sql - a claim of all that there is, by a worker that has nothing in
-- hand: pg_temp.claim_all.
CREATE FUNCTION pg_temp.claim_all(wanted integer DEFAULT 100,
    each integer DEFAULT 8, busy uuid[] DEFAULT '{}', busy_room integer[] DEFAULT '{}')
RETURNS TABLE (id bigint, attempt_no integer, retry_no integer, webhook_id uuid,
    message_id uuid, url text, body text, keys bytea, max_in_flight integer,
    account_id uuid, share real, standing integer, due_at timestamptz,
    top bigint, traceparent text, timeout integer, retry_schedule integer[],
    headers bytea)
LANGUAGE sql AS $$
    SELECT * FROM postern.claim(low => 0, wanted => wanted, lease => '60 s',
        each => each, busy => busy, busy_room => busy_room,
        account_each => 10000, accounts => '{}', account_room => '{}',
        suspect_room => 10000, failing_room => 10000,
        suspect_owed => 10000, failing_owed => 10000,
        suspect_each => 10000, suspect_rooms => '{}',
        failing_each => 10000, failing_rooms => '{}',
        visit => '{}', visit_low => '{}', visit_due => '{}',
        past => NULL, lanes_low => '-infinity')
$$;
