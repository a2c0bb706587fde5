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
    INSERT INTO postern.event_type AS t
        (name, description, json_schema, example)
    VALUES (name, description, json_schema, example)
    ON CONFLICT ON CONSTRAINT event_type_name_key
    DO UPDATE SET description = coalesce(excluded.description, t.description),
        json_schema = coalesce(excluded.json_schema, t.json_schema),
        example = coalesce(excluded.example, t.example)
     WHERE t.kind = 'type'
    RETURNING t.id INTO type_id;
    IF type_id IS NULL THEN
        RAISE EXCEPTION 'the event type "%" is reserved', name
            USING ERRCODE = 'invalid_parameter_value',
                HINT = 'Clients test their webhooks with it.';
    END IF;
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
        RAISE EXCEPTION 'invalid name of an event type: "%"',
            coalesce(name, 'NULL')
            USING ERRCODE = 'invalid_parameter_value',
                HINT = 'A name is 1 to 128 letters, digits, and . _ - :, for'
                    || ' example payment.settled.';
END
$$;
COMMENT ON FUNCTION postern.add_event_type IS
'Let webhooks subscribe to a kind of event, by its name or by a pattern: a.b
fits a.* and *. The name is 1 to 128 letters, digits, and . _ - : (otherwise
invalid_parameter_value). Clients can read the description, and a JSON Schema
and an example of the data. Calling it again changes what is given and is
otherwise harmless.';

CREATE OR REPLACE FUNCTION postern.event_type_ids(type text)
RETURNS integer[]
LANGUAGE plpgsql STABLE
AS $$
DECLARE
    ids integer[];
BEGIN
    SELECT t.matches INTO ids
      FROM postern.event_type AS t
     WHERE t.name = type AND t.kind = 'type';
    IF ids IS NULL THEN
        RAISE EXCEPTION 'there is no event type "%"', coalesce(type, 'NULL')
            USING ERRCODE = 'no_data_found',
                HINT = 'The event types: SELECT name FROM postern.event_types';
    END IF;
    RETURN ids;
END
$$;
COMMENT ON FUNCTION postern.event_type_ids IS
'The id of an event type, then those of the patterns that it fits. Unknown:
no_data_found.';
