-- api_events.sql - the API of event types, and of the events themselves.

CREATE OR REPLACE FUNCTION postern.api_list_event_types(input jsonb)
RETURNS postern.api_answer
LANGUAGE plpgsql STABLE
AS $$
DECLARE
    wanted  integer := postern.api_limit(input);
    place   text;
    items   text[];
    cursors text[];
BEGIN
    IF wanted IS NULL
            OR input ->> 'cursor' !~ '^([2-7][0-9a-f]){1,128}$' THEN
        RETURN postern.api_bad_page(input, wanted);
    END IF;
    place := coalesce(
        convert_from(decode(input ->> 'cursor', 'hex'), 'UTF8'), '');
    SELECT array_agg(p.item ORDER BY p.name),
           array_agg(encode(convert_to(p.name, 'UTF8'), 'hex')
               ORDER BY p.name)
      INTO items, cursors
      FROM (SELECT t.name, (
                   SELECT row_to_json(j)::text
                     FROM (SELECT t.name, t.description,
                                  t.json_schema AS schema, t.example) AS j)
                   AS item
              FROM postern.event_type AS t
             WHERE t.name > place AND t.kind IN ('type', 'notice')
               AND t.archived_in IS NULL
             ORDER BY t.name
             LIMIT wanted + 1) AS p;
    RETURN postern.api_page(items, cursors, wanted);
END
$$;
COMMENT ON FUNCTION postern.api_list_event_types IS
'GET /v1/event-types: the types that can be subscribed to, by name.';

CREATE OR REPLACE FUNCTION postern.feed_before(since timestamptz)
RETURNS text
LANGUAGE plpgsql STABLE
AS $$
DECLARE
    -- Places are in the order of ids, but for publishers that were held up
    -- between taking one and the other.
    high uuid := postern.first_uuid7(since - interval '10 s');
BEGIN
    RETURN coalesce((
        SELECT lpad(to_hex(m.place::text::bigint), 16, '0') || repeat('f', 32)
          FROM postern.message AS m
         WHERE m.id < high
         ORDER BY m.id DESC
         LIMIT 1), repeat('0', 48));
END
$$;
COMMENT ON FUNCTION postern.feed_before IS
'A cursor of the feed behind which all is that was published since a time, and
what was published in the seconds before it.';

CREATE OR REPLACE FUNCTION postern.has_events(
    account uuid, low xid8, low_id uuid, oldest uuid)
RETURNS boolean
LANGUAGE plpgsql VOLATILE
AS $$
BEGIN
    RETURN EXISTS (
        SELECT FROM postern.message AS m
         WHERE m.account_id = account
           AND (m.place, m.id) > (low, low_id) AND m.id >= oldest
         ORDER BY m.place, m.id
        OFFSET 0)
        OR EXISTS (
        SELECT FROM postern.message AS m
         WHERE m.account_id IS NULL
           AND (m.place, m.id) > (low, low_id) AND m.id >= oldest
         ORDER BY m.place, m.id
        OFFSET 0);
END
$$;
COMMENT ON FUNCTION postern.has_events IS
'Is there any event for page_events, or one that it may not show yet?';

CREATE OR REPLACE FUNCTION postern.page_events(
    account uuid, low xid8, low_id uuid, oldest uuid, wanted integer,
    OUT items text[], OUT cursors text[])
LANGUAGE plpgsql VOLATILE
AS $$
DECLARE
    high xid8;
BEGIN
    -- Most who ask find nothing. The others have the locks of all sessions looked
    -- at, which delays whoever takes any.
    IF NOT postern.has_events(account, low, low_id, oldest) THEN
        RETURN;
    END IF;
    -- Asked before what is read: nothing is to come up to it.
    high := postern.feed_end();
    SELECT array_agg(concat('{"id":"', postern.write_message_id(p.id), '",',
               substr(p.body, 2)) ORDER BY p.place, p.id),
           array_agg(lpad(to_hex(p.place::text::bigint), 16, '0')
               || replace(p.id::text, '-', '') ORDER BY p.place, p.id)
      INTO items, cursors
      FROM ((SELECT m.place, m.id, m.body
               FROM postern.message AS m
              WHERE m.account_id = account
                AND (m.place, m.id) > (low, low_id) AND m.place <= high
                AND m.id >= oldest
              ORDER BY m.place, m.id
              LIMIT wanted)
            UNION ALL
            (SELECT m.place, m.id, m.body
               FROM postern.message AS m
              WHERE m.account_id IS NULL
                AND (m.place, m.id) > (low, low_id) AND m.place <= high
                AND m.id >= oldest
              ORDER BY m.place, m.id
              LIMIT wanted)
            ORDER BY place, id
            LIMIT wanted) AS p;
END
$$;
COMMENT ON FUNCTION postern.page_events IS
'The events of an account, and those to every account, that were published
after place low and id low_id, and their cursors; none with an id lower than
oldest. No event can later appear before one of these: while a transaction that
has published is open, what was published after its first comes later. Each
event is as receivers get it, with its id in front.';

CREATE OR REPLACE FUNCTION postern.api_list_events(account uuid, input jsonb)
RETURNS postern.api_answer
LANGUAGE plpgsql VOLATILE
AS $$
DECLARE
    wanted  integer     := postern.api_limit(input);
    place   text        := postern.api_cursor(input, repeat('0', 48));
    since   timestamptz := postern.api_time(input ->> 'since');
    stay    text        := coalesce(input ->> 'cursor', '');
    page    record;
BEGIN
    IF wanted IS NULL OR place IS NULL OR place >= '8' THEN
        RETURN postern.api_bad_page(input, wanted);
    ELSIF input ? 'since' AND since IS NULL THEN
        RETURN postern.api_bad_time('since', input);
    ELSIF input ? 'since' AND NOT input ? 'cursor' THEN
        place := postern.feed_before(since);
        -- Asked before the page: if that is empty, nothing is wanted up to here.
        stay := coalesce(lpad(to_hex(postern.feed_end()::text::bigint), 16, '0')
            || repeat('f', 32), '');
    END IF;
    page := postern.page_events(account,
        (('x' || left(place, 16))::bit(64)::bigint)::text::xid8,
        right(place, 32)::uuid,
        postern.first_uuid7(coalesce(since, '-infinity')), wanted + 1);
    RETURN postern.api_page(page.items, page.cursors, wanted, stay);
END
$$;
COMMENT ON FUNCTION postern.api_list_events IS
'GET /v1/events: the account''s events, in an order in which nothing is ever
added before a cursor; with since, none that was published earlier.
next_cursor is where to go on, even at the end: behind an empty page that began
with since it is the end, whatever the clocks of publishers say.';
