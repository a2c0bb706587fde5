-- 0020-filters.sql - a webhook may take only the events whose data it asks for.

CREATE TABLE postern.webhook_filter (
    account_id uuid     NOT NULL,
    webhook_id uuid     NOT NULL,
    expression text     NOT NULL
        CONSTRAINT webhook_filter_expression_check
            CHECK (octet_length(expression) BETWEEN 1 AND 1024),
    path       jsonpath NOT NULL,
    steps      integer  NOT NULL,
    CONSTRAINT webhook_filter_pkey PRIMARY KEY (account_id, webhook_id)
);

-- A counter that publishers do not wait for each other to add to.
CREATE SEQUENCE postern.filter_failure AS bigint CACHE 1;
