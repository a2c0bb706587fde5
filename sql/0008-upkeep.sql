-- 0008-upkeep.sql - what must be removed in time.

CREATE FUNCTION postern.maintain()
RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    -- It waits for no registration, and so is part of no deadlock.
    DELETE FROM postern.secret AS s
     USING (SELECT e.ctid
              FROM postern.secret AS e
             WHERE e.expires_at <= now()
               FOR UPDATE SKIP LOCKED) AS expired
     WHERE s.ctid = expired.ctid;
    DELETE FROM postern.access_token AS t
     WHERE least(t.expires_at, t.revoked_at) <= now() - interval '30 days';
END
$$;
REVOKE ALL ON FUNCTION postern.maintain() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION postern.maintain() TO postern_admin;
COMMENT ON FUNCTION postern.maintain() IS
'Remove secrets that have expired, and access tokens that expired or were
revoked more than 30 days ago. To be called daily; harmless at any time.';
