-- rates.sql - how much was published and sent a moment ago.
--
-- The index by time of the attempts does not know the newest ones, and there
-- may be many of them: what was recorded last is at the end of the table.

CREATE OR REPLACE FUNCTION postern.rates(
    OUT published real, OUT attempts real, OUT taken real, OUT failed real, OUT median interval)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off
SET enable_bitmapscan = off
SET jit = off
AS $$
DECLARE
    pages CONSTANT bigint      := 300;
    begun          timestamptz := clock_timestamp() - interval '10 s';
    low            uuid        := postern.first_uuid7(begun);
    today          regclass    := to_regclass('postern.attempt_'
        || to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYYMMDD'));
    last           tid;
    first          timestamptz;
    seconds        real        := 10;
BEGIN
    published := (SELECT count(*) FROM postern.message AS m WHERE m.id >= low) / seconds;
    attempts := 0;
    taken := 0;
    IF today IS NOT NULL THEN
        last := format('(%s,0)', greatest(0, pg_relation_size(today)
            / current_setting('block_size')::bigint - pages));
        EXECUTE format('SELECT min(a.over), count(*) FILTER (WHERE a.over > $2),'
            ' count(*) FILTER (WHERE a.over > $2 AND a.verdict = ''delivered''),'
            ' percentile_cont(0.5) WITHIN GROUP (ORDER BY a.total_us)'
            '     FILTER (WHERE a.over > $2) * interval ''1 us'''
            ' FROM (SELECT a.verdict, a.total_us,'
            '              a.started_at + a.total_us * interval ''1 us'' AS over'
            '         FROM %s AS a WHERE a.ctid >= $1 AND a.total_us IS NOT NULL) AS a', today)
           INTO first, attempts, taken, median
          USING last, begun;
        -- There are so many that the last pages do not go back as far.
        IF last > '(0,0)' AND first > begun THEN
            seconds := greatest(1, extract(epoch FROM clock_timestamp() - first));
        END IF;
    END IF;
    failed := (attempts - taken) / seconds;
    attempts := attempts / seconds;
    taken := taken / seconds;
END
$$;
COMMENT ON FUNCTION postern.rates IS
'A second, over the last ten: events published, and attempts that ended, how many of these were
taken and how many failed; and the time that half of them took at most. It may be called at any
time: of very many attempts only the last are read.';
