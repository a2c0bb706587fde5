-- filters.sql - which events a webhook takes, by their data.
--
-- A filter is an SQL/JSON path whose every step looks at each value of the data
-- once at most: no recursion, no comparison of one list with another, nothing that
-- looks at the whole again for each element. So its cost is its steps times the
-- values, which is bounded where it is applied.

CREATE OR REPLACE FUNCTION postern.filter_tokens(path jsonpath)
RETURNS text
LANGUAGE plpgsql IMMUTABLE
AS $$
DECLARE
    -- As PostgreSQL writes a path; each token becomes a capital letter, or a mark.
    -- Members; what selects elements; the rest.
    token text[];
    bare  text := regexp_replace(path::text, E'"([^"\\\\]|\\\\.)*"', '"', 'g');
BEGIN
    FOREACH token SLICE 1 IN ARRAY ARRAY[
        ['^strict ', ''], ['[.]"', 'M'], ['[.][*](?![*])', 'M'],
        [E'\\[([*]|last|[0-9]+)\\]', 'M'], ['starts with', 'S'], ['is unknown', 'U'],
        ['exists', 'E'], ['true|false|null', 'L'], ['-?[0-9]+([.][0-9]+)?', 'L'], ['"', 'L'],
        ['[$]', 'R'], ['@', 'C'], ['[<>]=?|==|!=', 'O'], ['&&|[|][|]', 'A'], [' ', '']]
    LOOP
        bare := regexp_replace(bare, token[1], token[2], 'g');
    END LOOP;
    RETURN bare;
END
$$;
COMMENT ON FUNCTION postern.filter_tokens IS
'The kinds of a path''s tokens: Member or element, Starts with, is Unknown, Exists,
Literal, Root, Current, Operator, And or or; anything else stays as it is.';

CREATE OR REPLACE FUNCTION postern.is_filter(tokens text)
RETURNS boolean
LANGUAGE plpgsql IMMUTABLE STRICT
AS $$
DECLARE
    rule text[];
    was  text;
BEGIN
    -- P is a predicate of the root, Q of the current item, which may qualify what
    -- is selected: then they are one more step of it.
    LOOP
        was := tokens;
        FOREACH rule SLICE 1 IN ARRAY ARRAY[
            [E'[?]\\(Q\\)', 'M'],
            ['RM*[OS]L', 'P'], ['LORM*(?![M?])', 'P'], [E'E\\(RM*\\)', 'P'],
            ['CM*[OS]L', 'Q'], ['LOCM*(?![M?])', 'Q'], [E'E\\(CM*\\)', 'Q'],
            [E'!\\(P\\)', 'P'], [E'\\(P\\)U', 'P'], ['PAP', 'P'], [E'\\(P\\)', 'P'],
            [E'!\\(Q\\)', 'Q'], [E'\\(Q\\)U', 'Q'], ['QAQ', 'Q'], [E'\\(Q\\)', 'Q']]
        LOOP
            tokens := regexp_replace(tokens, rule[1], rule[2], 'g');
            EXIT WHEN tokens <> was;
        END LOOP;
        EXIT WHEN tokens = was;
    END LOOP;
    RETURN tokens = 'P';
END
$$;
COMMENT ON FUNCTION postern.is_filter IS
'Are these tokens a predicate of which each comparison has a literal on one side?';

CREATE OR REPLACE FUNCTION postern.read_filter(
    expression text, OUT path jsonpath, OUT steps integer, OUT fault text)
LANGUAGE plpgsql IMMUTABLE
AS $$
DECLARE
    bare   text := regexp_replace(expression, E'"([^"\\\\]|\\\\.)*"', '"', 'g');
    tokens text;
BEGIN
    IF octet_length(expression) NOT BETWEEN 1 AND 1024 THEN
        fault := 'filter must have 1 to 1024 bytes.';
        RETURN;
    ELSIF bare ~ E'\\\\|/[*]|[$][[:alnum:]_"]' OR bare ~* 'like_regex' THEN
        -- The first two could hide the others, and a pattern is compiled when read.
        fault := 'filter must not have like_regex, variables, comments, or escapes'
            || ' outside of strings.';
        RETURN;
    END IF;
    BEGIN
        path := expression::jsonpath;
    EXCEPTION WHEN OTHERS THEN
        fault := 'filter is not an SQL/JSON path expression.';
        RETURN;
    END;
    IF octet_length(path::text) <= 8192 THEN
        tokens := postern.filter_tokens(path);
    END IF;
    IF postern.is_filter(tokens) IS NOT TRUE THEN
        fault := 'filter must compare members of the data with strings, numbers, booleans or'
            || ' null, as in $.amount >= 100.';
        path := NULL;
        RETURN;
    END IF;
    steps := length(regexp_replace(tokens, '[^MSUEOA!?]', '', 'g'));
END
$$;
COMMENT ON FUNCTION postern.read_filter IS
'A filter as it is applied, and how many steps it has; or a sentence that says what
is wrong with it.';

CREATE OR REPLACE FUNCTION postern.set_filter(account uuid, webhook uuid, wanted text)
RETURNS void
LANGUAGE plpgsql VOLATILE
AS $$
BEGIN
    DELETE FROM postern.webhook_filter AS f
     WHERE f.account_id = account AND f.webhook_id = webhook;
    INSERT INTO postern.webhook_filter (account_id, webhook_id, expression, path, steps)
    SELECT account, webhook, wanted, r.path, r.steps
      FROM postern.read_filter(wanted) AS r
     WHERE wanted IS NOT NULL;
END
$$;
COMMENT ON FUNCTION postern.set_filter IS
'Give a webhook, which the caller has locked, a filter that the caller has checked;
NULL: none.';

CREATE OR REPLACE FUNCTION postern.document_of(data json)
RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE
AS $$
DECLARE
    document jsonb;
BEGIN
    -- What RETURN converts is not caught.
    document := data;
    RETURN document;
EXCEPTION WHEN OTHERS THEN
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION postern.document_of IS
'What filters look at; NULL: a jsonb cannot have it, such as U+0000.';

CREATE OR REPLACE FUNCTION postern.wants(
    account uuid, webhook uuid, document jsonb, payload text)
RETURNS boolean
LANGUAGE plpgsql VOLATILE COST 10000
AS $$
DECLARE
    most CONSTANT integer := 40000;
    filter        record;
    wanted        boolean;
BEGIN
    SELECT f.path, f.steps INTO filter
      FROM postern.webhook_filter AS f
     WHERE f.account_id = account AND f.webhook_id = webhook;
    IF NOT FOUND THEN
        RETURN true;
    END IF;
    -- Of values that are not one inside the other it has one more than commas.
    IF filter.steps::bigint * octet_length(payload) <= most
            OR filter.steps::bigint * (1 + octet_length(payload)
                - octet_length(replace(payload, ',', ''))) <= most THEN
        BEGIN
            wanted := jsonb_path_match(document, filter.path, '{}', true);
        EXCEPTION WHEN OTHERS THEN
            wanted := NULL;
        END;
    END IF;
    IF wanted IS NULL THEN
        PERFORM nextval('postern.filter_failure');
        RETURN false;
    END IF;
    RETURN wanted;
END
$$;
COMMENT ON FUNCTION postern.wants IS
'Does this webhook, if it has a filter, take an event with this data, which is the
payload as a text? One whose filter cannot tell, or has to look at too much, does
not, and it is counted. Raises nothing.';
