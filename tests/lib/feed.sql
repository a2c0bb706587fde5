-- feed.sql - clients that publish as chance has it, and such that read along.
CREATE SCHEMA crowd;
SELECT postern.open_always();
SELECT postern.add_event_type('crowd');
CREATE TABLE crowd.account AS
SELECT n, id, sha256(convert_to(postern.issue_token(id), 'UTF8')) AS hash
  FROM generate_series(1, 2) AS n, postern.create_account('account ' || n) AS id;
-- What was published; of what is rolled back it has nothing. account NULL: to all.
CREATE TABLE crowd.published (publisher integer, n integer, account integer);
CREATE TABLE crowd.ended (publisher integer);
CREATE TABLE crowd.seen (reader integer, account integer, place integer,
    publisher integer, n integer);

CREATE FUNCTION crowd.publish(publisher integer, n integer) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    account integer := (ARRAY[1, 2, NULL])[1 + floor(random() * 3)];
    data    jsonb   := jsonb_build_object('publisher', publisher, 'n', n);
BEGIN
    IF account IS NULL THEN
        PERFORM postern.publish_to_all('crowd', data);
    ELSE
        PERFORM postern.publish(a.id, 'crowd', data)
           FROM crowd.account AS a WHERE a.n = account;
    END IF;
    INSERT INTO crowd.published VALUES (publisher, n, account);
END
$$;

-- Some events, in savepoints that are kept or rolled back, one in another.
CREATE FUNCTION crowd.publish_some(publisher integer, INOUT n integer, depth integer)
LANGUAGE plpgsql AS $$
BEGIN
    FOR step IN 0 .. floor(random() * 3) LOOP
        IF random() < 0.5 OR depth = 3 THEN
            n := n + 1;
            PERFORM crowd.publish(publisher, n);
        ELSE
            BEGIN
                n := crowd.publish_some(publisher, n, depth + 1);
                IF random() < 0.4 THEN
                    RAISE EXCEPTION 'taken back';
                END IF;
            EXCEPTION WHEN raise_exception THEN
                n := n + 100;
            END;
        END IF;
        IF random() < 0.2 THEN
            PERFORM pg_sleep(random() * 0.01);
        END IF;
    END LOOP;
END
$$;

CREATE PROCEDURE crowd.publish_along(publisher integer, transactions integer)
LANGUAGE plpgsql AS $$
DECLARE
    n integer := 0;
BEGIN
    FOR i IN 1 .. transactions LOOP
        IF random() < 0.3 THEN
            PERFORM pg_current_xact_id();
            PERFORM pg_sleep(random() * 0.01);
        END IF;
        n := crowd.publish_some(publisher, n, 0);
        IF random() < 0.2 THEN
            ROLLBACK;
        ELSE
            COMMIT;
        END IF;
        -- And short ones.
        FOR j IN 1 .. 5 LOOP
            n := n + 1;
            PERFORM crowd.publish(publisher, n);
            COMMIT;
        END LOOP;
    END LOOP;
    INSERT INTO crowd.ended VALUES (publisher);
END
$$;

CREATE PROCEDURE crowd.read_along(reader integer, account integer, publishers integer)
LANGUAGE plpgsql AS $$
DECLARE
    hash   bytea := (SELECT a.hash FROM crowd.account AS a WHERE a.n = account);
    behind text;
    page   jsonb;
    pages  jsonb[] := '{}';
    last   boolean;
BEGIN
    LOOP
        last := (SELECT count(*) = publishers FROM crowd.ended);
        COMMIT;
        page := a.body FROM postern.api('list_events', hash, '{}', jsonb_strip_nulls(
            jsonb_build_object('cursor', behind, 'limit', (1 + floor(random() * 20))::text)),
            NULL) AS a;
        COMMIT;
        EXIT WHEN last AND page -> 'data' = '[]';
        behind := page ->> 'next_cursor';
        pages := pages || (page -> 'data');
    END LOOP;
    INSERT INTO crowd.seen
    SELECT reader, account, row_number() OVER (ORDER BY p.n, e.n),
           (e.e #>> '{data,publisher}')::integer, (e.e #>> '{data,n}')::integer
      FROM unnest(pages) WITH ORDINALITY AS p (data, n),
           jsonb_array_elements(p.data) WITH ORDINALITY AS e (e, n);
END
$$;
