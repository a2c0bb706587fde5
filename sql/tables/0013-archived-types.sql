-- 0013-archived-types.sql - event types that are used no more.

ALTER TABLE postern.event_type
    ADD COLUMN archived_at timestamptz,
    ADD COLUMN archived_in xid8,
    ADD CONSTRAINT event_type_archived_check
        CHECK ((archived_at IS NULL) = (archived_in IS NULL));
