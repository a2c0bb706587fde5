-- event_types.sql - the kinds of event, and patterns of them.

CREATE OR REPLACE FUNCTION postern.pattern_ids(type text)
RETURNS integer[]
LANGUAGE plpgsql VOLATILE
AS $$
DECLARE
    segments text[]    := string_to_array(type, '.');
    ids      integer[] := '{}';
    pattern  text;
BEGIN
    FOR n IN REVERSE cardinality(segments) - 1 .. 0 LOOP
        pattern := array_to_string(segments[:n] || '*'::text, '.');
        CONTINUE WHEN length(pattern) > 128;
        INSERT INTO postern.event_type (name, kind) VALUES (pattern, 'pattern')
        ON CONFLICT ON CONSTRAINT event_type_name_key DO NOTHING;
        ids := ids || (
            SELECT t.id FROM postern.event_type AS t WHERE t.name = pattern);
    END LOOP;
    RETURN ids;
END
$$;
COMMENT ON FUNCTION postern.pattern_ids IS
'The ids of the patterns that a type fits, the closest first; missing patterns
are made. a.b.c fits a.b.*, a.* and *.';

CREATE OR REPLACE FUNCTION postern.refuse_event_name(name text)
RETURNS void
LANGUAGE plpgsql STABLE
AS $$
BEGIN
    RAISE EXCEPTION 'invalid name of an event type: "%"', coalesce(name, 'NULL')
        USING ERRCODE = 'invalid_parameter_value',
            HINT = 'A name is 1 to 128 letters, digits, and . _ - :, for'
                || ' example payment.settled.';
END
$$;
COMMENT ON FUNCTION postern.refuse_event_name IS
'Says what the name of an event type may be.';

CREATE OR REPLACE FUNCTION postern.refuse_reserved(
    name text, state text DEFAULT 'invalid_parameter_value')
RETURNS void
LANGUAGE plpgsql STABLE
AS $$
BEGIN
    IF starts_with(name, 'postern.') THEN
        RAISE EXCEPTION 'the event type "%" is reserved', name
            USING ERRCODE = state,
                HINT = 'Types whose name begins with postern. are Postern''s own.';
    END IF;
END
$$;
COMMENT ON FUNCTION postern.refuse_reserved IS
'Refuses, with this SQLSTATE, the name of a type whose events Postern alone
publishes.';

CREATE OR REPLACE FUNCTION postern.add_event_type(
    name text, description text DEFAULT NULL, json_schema jsonb DEFAULT NULL,
    example jsonb DEFAULT NULL)
RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    type_id integer;
BEGIN
    PERFORM postern.refuse_reserved(name);
    INSERT INTO postern.event_type AS t
        (name, description, json_schema, example)
    VALUES (name, description, json_schema, example)
    ON CONFLICT ON CONSTRAINT event_type_name_key
    DO UPDATE SET description = coalesce(excluded.description, t.description),
        json_schema = coalesce(excluded.json_schema, t.json_schema),
        example = coalesce(excluded.example, t.example),
        archived_at = NULL, archived_in = NULL
    RETURNING t.id INTO type_id;
    UPDATE postern.event_type AS t
       SET matches = type_id || postern.pattern_ids(t.name)
     WHERE t.id = type_id AND t.matches = '{}';
EXCEPTION
    WHEN check_violation OR not_null_violation THEN
        IF name ~ '^[A-Za-z0-9._:-]{1,128}$' THEN
            RAISE EXCEPTION 'invalid JSON Schema or example for the event type "%"', name
                USING ERRCODE = 'invalid_parameter_value',
                    HINT = 'A JSON Schema is an object or a boolean; it and'
                        || ' the example may have at most 64 KiB each.';
        END IF;
        PERFORM postern.refuse_event_name(name);
END
$$;
COMMENT ON FUNCTION postern.add_event_type IS
'Let webhooks subscribe to a kind of event, by its name or by a pattern: a.b
fits a.* and *. The name is 1 to 128 letters, digits, and . _ - :, and does not begin
with postern., as those of Postern''s own do (otherwise invalid_parameter_value).
Clients can read the description, and a JSON Schema and an example of the data.
Calling it again changes what is given, brings an archived type back, and is
otherwise harmless.';

CREATE OR REPLACE FUNCTION postern.take_event_type(name text)
RETURNS postern.event_type
LANGUAGE plpgsql VOLATILE
AS $$
DECLARE
    type postern.event_type;
BEGIN
    SELECT t.* INTO type
      FROM postern.event_type AS t
     WHERE t.name = take_event_type.name AND t.kind = 'type'
       FOR UPDATE;
    IF NOT FOUND THEN
        PERFORM postern.refuse_reserved(name, 'no_data_found');
        RAISE EXCEPTION 'there is no event type "%"', coalesce(name, 'NULL')
            USING ERRCODE = 'no_data_found',
                HINT = 'The event types: SELECT name FROM postern.event_types';
    END IF;
    RETURN type;
END
$$;
COMMENT ON FUNCTION postern.take_event_type IS
'An event type, which nobody else changes meanwhile. Unknown, or one of
Postern''s own: no_data_found.';

CREATE OR REPLACE FUNCTION postern.rename_event_type(name text, new_name text)
RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    type postern.event_type := postern.take_event_type(name);
BEGIN
    IF new_name ~ '^[A-Za-z0-9._:-]{1,128}$' IS NOT TRUE THEN
        PERFORM postern.refuse_event_name(new_name);
    END IF;
    PERFORM postern.refuse_reserved(new_name);
    UPDATE postern.event_type AS t
       SET name = new_name, matches = type.id || postern.pattern_ids(new_name)
     WHERE t.id = type.id;
EXCEPTION
    WHEN unique_violation THEN
        RAISE EXCEPTION 'there is an event type "%" already', new_name
            USING ERRCODE = 'unique_violation',
                HINT = 'Archive the one that is not wanted any more.';
END
$$;
COMMENT ON FUNCTION postern.rename_event_type IS
'Give an event type another name, under which it is published from now on. Who
subscribes to it still does; patterns are those that the new name fits. What is
owed goes out as it was published, under the old name, and lists of what was
published show the new one. Unknown: no_data_found; the name is another''s:
unique_violation.';

CREATE OR REPLACE FUNCTION postern.archive_event_type(name text)
RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    type postern.event_type := postern.take_event_type(name);
BEGIN
    UPDATE postern.event_type AS t
       SET archived_at = now(), archived_in = pg_current_xact_id()
     WHERE t.id = type.id AND t.archived_in IS NULL;
END
$$;
COMMENT ON FUNCTION postern.archive_event_type IS
'Let an event type be published and subscribed to no more, and clients not see
it in their list of types. What is owed goes out; who subscribes to it stays so,
and gets what is published once add_event_type brings it back. Unknown:
no_data_found.';

CREATE OR REPLACE FUNCTION postern.remove_event_type(name text)
RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    type postern.event_type := postern.take_event_type(name);
BEGIN
    IF type.archived_in IS NULL THEN
        RAISE EXCEPTION 'the event type "%" is not archived', name
            USING ERRCODE = 'object_not_in_prerequisite_state',
                HINT = 'Call postern.archive_event_type first, in a transaction of'
                    || ' its own.';
    ELSIF type.archived_in BETWEEN pg_snapshot_xmin(pg_current_snapshot())
            AND pg_current_xact_id() THEN
        RAISE EXCEPTION 'a transaction is open that may know "%" as not archived', name
            USING ERRCODE = 'object_in_use', HINT = 'Try again when it has ended.';
    ELSIF EXISTS (SELECT FROM postern.subscription AS s
                   WHERE s.event_type_id = type.id) THEN
        RAISE EXCEPTION 'webhooks subscribe to the event type "%"', name
            USING ERRCODE = 'dependent_objects_still_exist',
                HINT = 'SELECT id, account_id FROM postern.webhooks WHERE '
                    || quote_literal(name) || ' = ANY (events)';
    ELSIF EXISTS (SELECT FROM postern.message AS m
                   WHERE m.event_type_id = type.id) THEN
        RAISE EXCEPTION 'events of the type "%" are kept', name
            USING ERRCODE = 'dependent_objects_still_exist',
                HINT = 'They go with the time that postern.set_retention has set.';
    END IF;
    DELETE FROM postern.event_type AS t WHERE t.id = type.id;
END
$$;
COMMENT ON FUNCTION postern.remove_event_type IS
'Remove an archived event type to which nothing refers: no webhook''s subscription
and no message that is kept, for which it looks through all of them. Unknown:
no_data_found; not archived: object_not_in_prerequisite_state; transactions that
may still use it: object_in_use; else dependent_objects_still_exist.';

CREATE OR REPLACE FUNCTION postern.event_type_ids(type text)
RETURNS integer[]
LANGUAGE plpgsql STABLE
AS $$
DECLARE
    ids integer[];
BEGIN
    SELECT t.matches INTO ids
      FROM postern.event_type AS t
     WHERE t.name = type AND t.kind = 'type' AND t.archived_in IS NULL;
    IF ids IS NULL THEN
        IF EXISTS (SELECT FROM postern.event_type AS t
                    WHERE t.name = type AND t.archived_in IS NOT NULL) THEN
            RAISE EXCEPTION 'the event type "%" is archived', type
                USING ERRCODE = 'no_data_found',
                    HINT = 'postern.add_event_type brings it back.';
        END IF;
        PERFORM postern.refuse_reserved(type, 'no_data_found');
        RAISE EXCEPTION 'there is no event type "%"', coalesce(type, 'NULL')
            USING ERRCODE = 'no_data_found',
                HINT = 'The event types: SELECT name FROM postern.event_types';
    END IF;
    RETURN ids;
END
$$;
COMMENT ON FUNCTION postern.event_type_ids IS
'The id of an event type, then those of the patterns that it fits. Unknown,
archived, or one of Postern''s own: no_data_found.';
