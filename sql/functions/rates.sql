-- rates.sql - how much was published and sent a moment ago.

CREATE OR REPLACE FUNCTION postern.rates(
    OUT published real, OUT attempts real, OUT taken real, OUT failed real, OUT median interval)
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off
SET enable_bitmapscan = on
SET jit = off
AS $$
DECLARE
    begun timestamptz := now() - interval '10 s';
    low   uuid        := postern.first_uuid7(begun);
BEGIN
    published := (SELECT count(*) FROM postern.message AS m WHERE m.id >= low) / 10.0;
    SELECT count(*) / 10.0, count(*) FILTER (WHERE a.verdict = 'delivered') / 10.0,
           percentile_cont(0.5) WITHIN GROUP (ORDER BY a.total_us) * interval '1 us'
      INTO attempts, taken, median
      FROM postern.attempt AS a
     WHERE a.started_at > begun AND a.total_us IS NOT NULL;
    failed := attempts - taken;
END
$$;
COMMENT ON FUNCTION postern.rates IS
'A second, over the last ten: events published, and attempts that began and are over, how many
of these were taken and how many failed; and the time that half of them took at most.';
