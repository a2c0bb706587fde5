-- rooms.sql - how many more deliveries a claim may take, and of whom.

CREATE OR REPLACE FUNCTION postern.room_of(rooms jsonb, id uuid, otherwise integer)
RETURNS integer
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
    SELECT CASE WHEN rooms = '{}' THEN otherwise
                ELSE coalesce((rooms ->> id::text)::integer, otherwise) END
$$;
COMMENT ON FUNCTION postern.room_of IS
'How many more deliveries of one webhook or account may be taken.';

CREATE OR REPLACE FUNCTION postern.less_room(rooms jsonb, taken uuid[], otherwise integer)
RETURNS jsonb
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
    SELECT rooms || coalesce(jsonb_object_agg(t.id,
               postern.room_of(rooms, t.id, otherwise) - t.many), '{}')
      FROM (SELECT u.id, count(*) AS many FROM unnest(taken) AS u (id) GROUP BY u.id) AS t
$$;
COMMENT ON FUNCTION postern.less_room IS
'The room that is left when deliveries of these, one of each, have been taken.';

CREATE OR REPLACE FUNCTION postern.no_room(ids uuid[])
RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
AS $$
BEGIN
    IF ids = '{}' THEN
        RETURN '{}';
    END IF;
    RETURN (SELECT jsonb_object_agg(u.id, 0) FROM unnest(ids) AS u (id));
END
$$;
COMMENT ON FUNCTION postern.no_room IS
'The rooms of those that may have no more.';

CREATE OR REPLACE FUNCTION postern.has_key(ids jsonb, id uuid)
RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$ SELECT CASE WHEN ids = '{}' THEN false ELSE ids ? id::text END $$;
COMMENT ON FUNCTION postern.has_key IS
'Is this id among the keys?';

CREATE OR REPLACE FUNCTION postern.shut_ids(rooms jsonb)
RETURNS SETOF uuid
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$ SELECT r.key::uuid FROM jsonb_each_text(rooms) AS r WHERE r.value::integer <= 0 $$;
COMMENT ON FUNCTION postern.shut_ids IS
'Those that may have no more.';

CREATE OR REPLACE FUNCTION postern.webhook_room(
    rooms postern.rooms, webhook uuid, standing integer)
RETURNS integer
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
    SELECT CASE WHEN standing >= 1
        THEN postern.room_of(rooms.webhooks, webhook, least(rooms.webhook, 8))
        ELSE postern.room_of(rooms.webhooks, webhook, rooms.webhook) END
$$;
COMMENT ON FUNCTION postern.webhook_room IS
'How many more deliveries of a webhook of that standing may be taken, as far as
it is up to the webhook. One that is not proven, and has none in hand, has 8 in
flight at most.';

CREATE OR REPLACE FUNCTION postern.room_for(
    rooms postern.rooms, account uuid, webhook uuid, standing integer)
RETURNS integer
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
    SELECT least(postern.room_of(rooms.accounts, account, rooms.account),
        postern.webhook_room(rooms, webhook, standing),
        CASE WHEN standing >= 1 THEN least(rooms.all_suspects,
            postern.room_of(rooms.suspects, account, rooms.suspect)) END,
        CASE WHEN standing >= 2 THEN least(rooms.all_failings,
            postern.room_of(rooms.failings, account, rooms.failing)) END)
$$;
COMMENT ON FUNCTION postern.room_for IS
'How many more deliveries of a webhook of that standing may be taken.';

CREATE OR REPLACE FUNCTION postern.less_rooms(
    rooms postern.rooms, accounts uuid[], webhooks uuid[], suspects uuid[],
    failings uuid[])
RETURNS postern.rooms
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
AS $$
BEGIN
    IF accounts IS NOT NULL THEN
        rooms.accounts := postern.less_room(rooms.accounts, accounts, rooms.account);
        rooms.webhooks := postern.less_room(rooms.webhooks, webhooks, rooms.webhook);
    END IF;
    IF suspects IS NOT NULL THEN
        rooms.suspects := postern.less_room(rooms.suspects, suspects, rooms.suspect);
        rooms.all_suspects := rooms.all_suspects - cardinality(suspects);
    END IF;
    IF failings IS NOT NULL THEN
        rooms.failings := postern.less_room(rooms.failings, failings, rooms.failing);
        rooms.all_failings := rooms.all_failings - cardinality(failings);
    END IF;
    RETURN rooms;
END
$$;
COMMENT ON FUNCTION postern.less_rooms IS
'The rooms that are left when deliveries of these have been taken, one of each;
suspects has the account of each whose webhook is not proven, failings of each
whose webhook fails.';

CREATE OR REPLACE FUNCTION postern.rooms_of_owed(
    rooms postern.rooms, suspect_owed integer, failing_owed integer, accounts uuid[],
    webhooks uuid[], suspects uuid[], failings uuid[])
RETURNS postern.rooms
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
AS $$
BEGIN
    rooms := postern.less_rooms(rooms, accounts, webhooks, suspects, failings);
    rooms.all_suspects := least(rooms.all_suspects,
        suspect_owed - coalesce(cardinality(suspects), 0));
    rooms.all_failings := least(rooms.all_failings,
        failing_owed - coalesce(cardinality(failings), 0));
    RETURN rooms;
END
$$;
COMMENT ON FUNCTION postern.rooms_of_owed IS
'As less_rooms, for what has waited: it leaves the last of the room to what is
new.';
