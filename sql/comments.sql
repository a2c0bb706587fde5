-- comments.sql - what each table, column, index and sequence means. Run at
-- every install, so that a better sentence needs no migration.

COMMENT ON SCHEMA postern IS
'Webhooks: who may receive which events, where, and with which secret.';
COMMENT ON TABLE postern.migration IS
'The files of sql/tables/ that this database has had, each once.';

-- Accounts, and what may act for them ----------------------------------------

COMMENT ON TABLE postern.account IS
'A client of the platform; owns access tokens and webhooks. Its row is the lock under which
its webhooks change.';
COMMENT ON COLUMN postern.account.id IS
'UUIDv7; its last 10 bits are the slot, the unit of distribution.';
COMMENT ON COLUMN postern.account.webhook_limit IS
'How many webhooks the account may have. Those beyond a lowered limit stay.';
COMMENT ON COLUMN postern.account.webhook_count IS
'How many webhooks the account has; changed by whoever adds or deletes one, under the lock.';
COMMENT ON COLUMN postern.account.deleted_count IS
'How many of its webhooks are deleted and yet to be removed. They count for the limit: who
deletes and registers over and over leaves much to be cancelled.';
COMMENT ON COLUMN postern.account.share IS
'How much of what is scarce the account may have, beside others: 2 is twice as much as 1.';

COMMENT ON TABLE postern.client IS
'Programs of accounts, which get access tokens by id and secret. The secret itself is not
stored, only its hash.';
COMMENT ON COLUMN postern.client.scopes IS
'The scopes that its tokens may have.';
COMMENT ON COLUMN postern.client.secret_hash IS
'SHA-256 of the secret''s text.';
COMMENT ON COLUMN postern.client.revoked_at IS
'Since when the client gets no tokens; NULL: it is not revoked.';

COMMENT ON TABLE postern.access_token IS
'Bearer credentials of accounts. The token itself is not stored, only its hash.';
COMMENT ON COLUMN postern.access_token.hash IS
'SHA-256 of the token''s text.';
COMMENT ON COLUMN postern.access_token.revoked_at IS
'When the token was revoked; NULL: it is not revoked.';
COMMENT ON COLUMN postern.access_token.scopes IS
'What the token is good for: some of webhooks:read, webhooks:write and messages:write.';
COMMENT ON COLUMN postern.access_token.client_id IS
'The client that the token was made for; NULL: postern.issue_token made it.';
COMMENT ON INDEX postern.access_token_end IS
'Finds the tokens that ended first.';
COMMENT ON INDEX postern.access_token_client IS
'The tokens of a client, those first that expire first.';

COMMENT ON TABLE postern.platform_client IS
'Programs of the platform itself, which publish to any account: as clients, but with no
account.';
COMMENT ON COLUMN postern.platform_client.scopes IS
'The scopes that its tokens may have.';
COMMENT ON COLUMN postern.platform_client.secret_hash IS
'SHA-256 of the secret''s text.';
COMMENT ON COLUMN postern.platform_client.share IS
'How much of what is scarce it may have, beside accounts and others of its kind.';
COMMENT ON COLUMN postern.platform_client.revoked_at IS
'Since when the client gets no tokens; NULL: it is not revoked.';

COMMENT ON TABLE postern.platform_token IS
'Bearer credentials of the platform''s clients. The token itself is not stored, only its
hash.';
COMMENT ON COLUMN postern.platform_token.hash IS
'SHA-256 of the token''s text.';
COMMENT ON COLUMN postern.platform_token.revoked_at IS
'When the token was revoked; NULL: it is not revoked.';
COMMENT ON INDEX postern.platform_token_client IS
'The tokens of a client, those first that expire first.';
COMMENT ON INDEX postern.platform_token_end IS
'Finds the tokens that ended first.';

-- Event types, and patterns of them ------------------------------------------

COMMENT ON TABLE postern.event_type IS
'The kinds of event that can be subscribed to, and patterns of them. No pattern is ever
removed.';
COMMENT ON COLUMN postern.event_type.name IS
'Such as payment.settled: 1 to 128 letters, digits, and . _ - :; a pattern ends in *.';
COMMENT ON COLUMN postern.event_type.kind IS
'type: can be published and subscribed to. pattern: can only be subscribed to. test: can be
neither; it is sent to one webhook when its account asks for it. notice: can be subscribed
to; Postern itself publishes it.';
COMMENT ON COLUMN postern.event_type.matches IS
'Of a type or a notice: its own id, then those of the patterns that it fits, the closest
first. No notice fits *.';
COMMENT ON COLUMN postern.event_type.json_schema IS
'A JSON Schema of the data, for clients to read; nothing is checked against it.';
COMMENT ON COLUMN postern.event_type.example IS
'An example of the data, for clients to read.';
COMMENT ON COLUMN postern.event_type.archived_at IS
'Since when it can be neither published nor subscribed to; NULL: it can.';
COMMENT ON COLUMN postern.event_type.archived_in IS
'The transaction that archived it: older ones may not know of it. NULL: not archived.';

-- Webhooks -------------------------------------------------------------------

COMMENT ON TABLE postern.webhook IS
'An account''s URL that receives events. Whoever adds, deletes, enables or disables one holds
the account''s lock.';
COMMENT ON COLUMN postern.webhook.id IS
'UUIDv7, made by the caller of postern.register.';
COMMENT ON COLUMN postern.webhook.url IS
'The URL as the account wrote it last.';
COMMENT ON COLUMN postern.webhook.canonical_url IS
'The URL with scheme and host in lower case and without a default port; unique within the
account. Of a deleted webhook: deleted: and its id.';
COMMENT ON COLUMN postern.webhook.state IS
'enabled; disabled: nothing is sent, events are held; deleted: treated as if it did not exist,
and removed a day later.';
COMMENT ON COLUMN postern.webhook.reason IS
'Why the webhook is disabled; NULL when it is enabled.';
COMMENT ON COLUMN postern.webhook.ordered IS
'One delivery in flight at a time, strictly in publish order; one that fails holds back those
behind it.';
COMMENT ON COLUMN postern.webhook.rate IS
'Requests a second at most; NULL: no limit.';
COMMENT ON COLUMN postern.webhook.max_in_flight IS
'Requests in flight at one time at most, in each worker; NULL: as many as the worker finds that
it takes.';
COMMENT ON COLUMN postern.webhook.timeout IS
'Seconds that an attempt may take in all; NULL: 15.';
COMMENT ON COLUMN postern.webhook.retry_schedule IS
'Seconds from each attempt to the next; NULL: as delivery_setting has it.';
COMMENT ON COLUMN postern.webhook.headers_id IS
'The id of its row in webhook_headers; NULL: it has none.';
COMMENT ON COLUMN postern.webhook.description IS
'The account''s own note.';
COMMENT ON COLUMN postern.webhook.disabled_by IS
'Who disabled the webhook: account, worker or operator. The account may enable it again,
except after an operator.';
COMMENT ON COLUMN postern.webhook.proven IS
'Its last delivery was taken, within 2 s.';

COMMENT ON TABLE postern.webhook_filter IS
'Of webhooks that do not take all events that they subscribe to: which data they take.';
COMMENT ON COLUMN postern.webhook_filter.expression IS
'The SQL/JSON path as the account wrote it.';
COMMENT ON COLUMN postern.webhook_filter.steps IS
'How often it looks at each value of the data at most.';
COMMENT ON SEQUENCE postern.filter_failure IS
'Counts events for which a filter could not tell whether it takes them.';

COMMENT ON INDEX postern.webhook_live IS
'The webhooks of an account, without those that are deleted.';
COMMENT ON INDEX postern.webhook_deleted IS
'Finds the webhooks that were deleted first.';

COMMENT ON TABLE postern.removed_webhook IS
'Webhooks whose rows are gone, for as long as there may be attempts of them: these are found
by the webhook''s id.';
COMMENT ON INDEX postern.removed_webhook_account IS
'Those of an account.';
COMMENT ON INDEX postern.removed_webhook_time IS
'Finds those that were removed first.';

COMMENT ON TABLE postern.subscription IS
'Which events a webhook receives.';
COMMENT ON INDEX postern.subscription_fan_out IS
'From an event to the webhooks that receive it.';

-- Secrets and keys -----------------------------------------------------------

COMMENT ON TABLE postern.health IS
'How each webhook fared in the last 24 hours, as workers told it.';
COMMENT ON COLUMN postern.health.hour IS
'The newest that is counted, in hours since 1970.';
COMMENT ON COLUMN postern.health.attempts IS
'How many there were in that hour, and in each of the 23 before it.';
COMMENT ON COLUMN postern.health.taken IS
'How many of them it answered with a status of 2xx.';
COMMENT ON COLUMN postern.health.last_status IS
'That of its last answer; NULL: it has never answered.';
COMMENT ON COLUMN postern.health.last_at IS
'When that was.';

COMMENT ON TABLE postern.webhook_headers IS
'Headers that a webhook''s requests have besides ours: their names, and all of it sealed.';
COMMENT ON COLUMN postern.webhook_headers.id IS
'Another one with each change; a worker remembers what it has opened by it.';
COMMENT ON COLUMN postern.webhook_headers.names IS
'In the order in which they are sent.';
COMMENT ON COLUMN postern.webhook_headers.key_id IS
'The sealing key whose private half opens them.';
COMMENT ON COLUMN postern.webhook_headers.ephemeral IS
'The public half of the key pair of whoever sealed them.';
COMMENT ON COLUMN postern.webhook_headers.box IS
'The lines as they are sent, up to 8 KiB with zeros up to a multiple of 64 bytes, encrypted and
authenticated as a secret is.';

COMMENT ON TABLE postern.sealing_key IS
'The public halves of the keys that secrets and headers are sealed for. Only postern-delivery
has the private halves.';
COMMENT ON COLUMN postern.sealing_key.id IS
'The first 8 bytes of BLAKE2b of the public half; in text, 16 hex digits.';
COMMENT ON COLUMN postern.sealing_key.retired_at IS
'Since when no new secret may be sealed for this key; NULL: in use. Secrets sealed for it
before can still be opened.';

COMMENT ON TABLE postern.secret IS
'The sealed keys that sign a webhook''s deliveries: one current, and earlier ones until they
expire.';
COMMENT ON COLUMN postern.secret.id IS
'The id of the registration that made this secret, or a new one if it was rotated or
imported: of version 8 if the box has 64 bytes in it, else of version 7.';
COMMENT ON COLUMN postern.secret.key_id IS
'The sealing key whose private half opens this secret.';
COMMENT ON COLUMN postern.secret.ephemeral IS
'The public half of the key pair of whoever sealed it.';
COMMENT ON COLUMN postern.secret.box IS
'32 bytes, or 64 of which the last may be zeros, encrypted and authenticated (X25519,
XSalsa20, Poly1305).';
COMMENT ON COLUMN postern.secret.expires_at IS
'Until when deliveries are also signed with this earlier secret; NULL: the current one.';

COMMENT ON INDEX postern.secret_expires IS
'Finds the secrets that expired first.';

COMMENT ON TABLE postern.signing_key IS
'The public halves of the platform''s own keys, with which postern-delivery signs in addition
to the webhooks'' secrets: Ed25519, the v1a of Standard Webhooks.';
COMMENT ON COLUMN postern.signing_key.id IS
'The first 8 bytes of BLAKE2b of the public half; in text, 16 hex digits.';
COMMENT ON COLUMN postern.signing_key.retired_at IS
'Since when nothing need be signed with this key; NULL: in use.';
COMMENT ON COLUMN postern.signing_key.published_until IS
'Until when receivers still find this retired key.';

COMMENT ON TABLE postern.signing_scope IS
'Whose keys workers have signed with: the accounts'' own, derived from the platform''s, or these.
What was last told counts.';
COMMENT ON COLUMN postern.signing_scope.last_at IS
'When a worker that signs so signed on last.';

-- Working hours --------------------------------------------------------------

COMMENT ON TABLE postern.schedule IS
'One row: the time zone of working hours and holidays.';
COMMENT ON TABLE postern.opening IS
'When the API is open: from opens up to, not including, closes, in local time. No row: always.
A window over midnight is two rows.';
COMMENT ON COLUMN postern.opening.weekday IS
'1 is Monday, 7 is Sunday.';
COMMENT ON COLUMN postern.opening.closes IS
'At most 24:00.';
COMMENT ON TABLE postern.holiday IS
'Days on which the API is closed, midnight to midnight.';

-- Messages -------------------------------------------------------------------

COMMENT ON TABLE postern.message IS
'Published events. Partitioned by day: a UUIDv7 begins with its time.';
COMMENT ON COLUMN postern.message.account_id IS
'NULL: addressed to every account.';
COMMENT ON COLUMN postern.message.owed IS
'To how many webhooks the message was owed when it was published.';
COMMENT ON COLUMN postern.message.body IS
'The body of the request, the same bytes on every attempt.';
COMMENT ON COLUMN postern.message.erased_at IS
'Since when its body has no data, and is not sent; NULL: it has it.';
COMMENT ON COLUMN postern.message.traceparent IS
'The trace that it is part of, as its publisher set postern.traceparent, or the client who asked
for a test sent it; NULL: none.';
COMMENT ON COLUMN postern.message.place IS
'Its place in the feed, of the sequence feed. Before migration 7 it was the id of the transaction
that published it, lower than all of the sequence; 0: published before either existed.';
COMMENT ON SEQUENCE postern.feed IS
'Places in the feed, in the order in which events are published.';
COMMENT ON TABLE postern.message_default IS
'Messages of days that had no partition: postern.tidy() deletes those that are old.';
COMMENT ON INDEX postern.message_feed IS
'An account''s messages, in an order in which nothing is added behind a reader.';

COMMENT ON TABLE postern.dedup IS
'Deduplication keys, and the message that each one stands for: they make publishing
idempotent.';
COMMENT ON COLUMN postern.dedup.account_id IS
'All zero: a key of publish_to_all.';
COMMENT ON INDEX postern.dedup_message IS
'Finds the oldest deduplication keys.';
COMMENT ON TABLE postern.idempotency_key IS
'Keys of requests that published: one that is sent again with the same key is answered as
the first was.';
COMMENT ON COLUMN postern.idempotency_key.owner_id IS
'The account, or the client of the platform, that published.';
COMMENT ON COLUMN postern.idempotency_key.key IS
'As the request''s header Idempotency-Key has it.';
COMMENT ON COLUMN postern.idempotency_key.fingerprint IS
'SHA-256 of the request''s body: another body with the same key is refused.';
COMMENT ON COLUMN postern.idempotency_key.message_ids IS
'What the request was answered.';
COMMENT ON INDEX postern.idempotency_key_made IS
'Finds the oldest keys of requests.';

-- The queue ------------------------------------------------------------------

COMMENT ON SEQUENCE postern.delivery_id IS
'Ids of deliveries, in publish order.';

COMMENT ON TABLE postern.fresh IS
'Deliveries that no worker has looked at, by id: the outbox.';
COMMENT ON INDEX postern.fresh_account IS
'What an account is owed, and from one account to the next.';

COMMENT ON TABLE postern.backlog IS
'Deliveries that wait: for their next attempt, for their webhook''s turn, or until their
webhook is enabled.';
COMMENT ON COLUMN postern.backlog.attempt_no IS
'How many attempts have been made.';
COMMENT ON COLUMN postern.backlog.retry_no IS
'How far the delivery is in the retry schedule; replay starts it anew.';
COMMENT ON COLUMN postern.backlog.due_at IS
'Not sent before this time; -infinity: sent at once, even if the webhook is disabled.';
COMMENT ON INDEX postern.backlog_message IS
'What waits for a webhook, in publish order.';

COMMENT ON TABLE postern.in_flight IS
'Deliveries that a worker has leased and is sending.';
COMMENT ON COLUMN postern.in_flight.attempt_no IS
'The number of the attempt being made. It is the fencing token: an outcome with another number
is ignored.';
COMMENT ON COLUMN postern.in_flight.retry_no IS
'How far the delivery is in the retry schedule.';
COMMENT ON COLUMN postern.in_flight.lease_until IS
'After this time the delivery is owed again, though its worker is there.';
COMMENT ON COLUMN postern.in_flight.worker IS
'The number of the worker that has it; 0: of none that has signed on.';
COMMENT ON INDEX postern.in_flight_worker IS
'What a worker has in flight.';
COMMENT ON INDEX postern.in_flight_ordered IS
'An ordered webhook has at most one delivery in flight.';
COMMENT ON INDEX postern.in_flight_webhook IS
'What is in flight to a webhook.';

COMMENT ON TABLE postern.upkeep IS
'What upkeep has seen of the clock. One row.';
COMMENT ON COLUMN postern.upkeep.seen IS
'What the clock said at the last upkeep.';
COMMENT ON COLUMN postern.upkeep.trusted IS
'The time by which things are old: it follows the clock, but does not jump with it.';

COMMENT ON TABLE postern.worker IS
'Sessions of workers, each of which holds an advisory lock on its number, and those that have
ended until what they had in flight is owed again.';
COMMENT ON COLUMN postern.worker.lost_at IS
'When it was first seen that its session has ended.';
COMMENT ON COLUMN postern.worker.signs IS
'Whose keys it signs with: account or platform; NULL: it has none.';

COMMENT ON TABLE postern.process IS
'What each process of either program has told of itself: see postern.report(). Emptied by a crash.';
COMMENT ON COLUMN postern.process.session IS
'The server''s process of the session in which it last called.';
COMMENT ON COLUMN postern.process.worker IS
'A worker''s number in postern.worker.';
COMMENT ON COLUMN postern.process.places IS
'How many requests it can have at one time: in flight, or in its threads.';
COMMENT ON COLUMN postern.process.counters IS
'What it has counted, as lines of Prometheus'' text format.';

COMMENT ON TABLE postern.lane IS
'Webhooks with a backlog or with failures: their circuit breaker, rate limiter and next look.';
COMMENT ON COLUMN postern.lane.next_at IS
'When a worker looks at the backlog next; infinity: not before something happens to the
webhook.';
COMMENT ON COLUMN postern.lane.rate_next_at IS
'Of a webhook with a rate: when the next request may be sent (a token bucket).';
COMMENT ON COLUMN postern.lane.cool_until IS
'The circuit breaker: nothing is sent before this time, and after it one delivery on trial.
NULL: the webhook is sent to as usual.';
COMMENT ON COLUMN postern.lane.probing IS
'The circuit breaker is half open, or the webhook is ordered: one delivery is in flight, and
nothing else is sent before its outcome.';
COMMENT ON COLUMN postern.lane.failures IS
'How many volleys of attempts failed, one after the other.';
COMMENT ON COLUMN postern.lane.failing_since IS
'When the first failure since the last success began.';
COMMENT ON COLUMN postern.lane.failed_at IS
'When a failure was last recorded; an attempt that began before it belongs to the same volley.';
COMMENT ON COLUMN postern.lane.told IS
'The account was told that the webhook fails, and not yet that it does no more.';
COMMENT ON INDEX postern.lane_account IS
'Of an account, the lanes that are due.';

COMMENT ON TABLE postern.lane_note IS
'Changes to lanes that are put off because another transaction holds the webhook.';
COMMENT ON COLUMN postern.lane_note.try_at IS
'When a worker tries to apply the note.';
COMMENT ON COLUMN postern.lane_note.news IS
'open: the backlog is no longer empty. free: the same, and what was in flight is lost.
outcomes: the arguments of postern.move_failing_lane. disable: disable the webhook, for the
reason in why, because of a delivery.';

COMMENT ON TABLE postern.task IS
'What is done to the deliveries of a webhook by a worker, in steps, because it takes long.';
COMMENT ON COLUMN postern.task.kind IS
'replay: owe again. cancel. reorder: make the backlog ordered, or not, as the webhook is. drop:
cancel the backlog of a deleted webhook. scrub: take out of its attempts what tells of it.
forget: take an erased message out of what was answered to it; of account_id all bits are
set if it was to every account; webhook_id is its id. erase: delete all that an account had.';
COMMENT ON COLUMN postern.task.low IS
'The next step begins with the deliveries of this message.';
COMMENT ON COLUMN postern.task.high IS
'Those of this message and later ones are left alone.';
COMMENT ON COLUMN postern.task.low_fresh IS
'Of one that cancels: the fresh deliveries of the account up to this one have been looked at;
NULL: all have. Of one that erases also the place of the last message.';
COMMENT ON COLUMN postern.task.sent_too IS
'Of one that replays: also what was sent.';
COMMENT ON COLUMN postern.task.deliveries IS
'How many have been replayed or cancelled.';
COMMENT ON COLUMN postern.task.worked_at IS
'When its last step was. Of the tasks of an account, the one longest ago is next. Up to a
second to come: not before.';
COMMENT ON COLUMN postern.task.part IS
'Of one that erases: which part of its round it does.';
COMMENT ON COLUMN postern.task.behind IS
'Of one that erases: the webhook that this part has done last.';
COMMENT ON COLUMN postern.task.horizon IS
'Of one that erases: when all transactions with lower ids are over, nothing is added any more.';
COMMENT ON COLUMN postern.task.last_round IS
'Of one that erases: they were over when this round began.';
COMMENT ON COLUMN postern.task.ended_at IS
'NULL: it goes on.';
COMMENT ON INDEX postern.task_open IS
'From one account with tasks to the next, and of an account the task that is next.';
COMMENT ON INDEX postern.task_ended IS
'Finds the tasks that ended first.';

COMMENT ON TYPE postern.rooms IS
'How many more deliveries a claim may take: of one webhook (webhook, or the number in webhooks),
of one account, of one account''s webhooks that are not proven (suspect), of those that fail
(failing), and of all such. The keys of the objects are ids.';

-- Attempts -------------------------------------------------------------------

COMMENT ON TABLE postern.attempt IS
'One row for each request made, and for each delivery that ended without one. Partitioned by
day.';
COMMENT ON COLUMN postern.attempt.verdict IS
'What the worker made of the answer; cancelled, expired and lost had no answer.';
COMMENT ON COLUMN postern.attempt.outcome IS
'How the delivery ended with this attempt; NULL: it did not end, or it was replayed.';
COMMENT ON COLUMN postern.attempt.first_us IS
'Microseconds from the start to the first byte of the answer; the other times likewise.';
COMMENT ON COLUMN postern.attempt.answer IS
'The first KiB of the answer''s body.';
COMMENT ON COLUMN postern.attempt.answer_headers IS
'The answer''s headers, a line each, but Set-Cookie, and of more than 2 KiB those that fit.';
COMMENT ON TABLE postern.attempt_default IS
'Attempts of days that had no partition: postern.tidy() deletes those that are old.';
COMMENT ON INDEX postern.attempt_state IS
'What became of a webhook''s deliveries, by state, in publish order.';
COMMENT ON INDEX postern.attempt_started IS
'The attempts of the last minutes.';

COMMENT ON TABLE postern.erasure IS
'Accounts that have been erased: the id, when, and how much there was. Nothing else is left.';
COMMENT ON COLUMN postern.erasure.ended_at IS
'NULL: a task goes on.';

COMMENT ON TABLE postern.delivery_setting IS
'One row: how long messages and attempts are kept, and how deliveries are retried.';
COMMENT ON COLUMN postern.delivery_setting.retry_schedule IS
'Seconds from each attempt to the next, of webhooks that have none of their own; NULL: the
default, which workers know.';

-- The API --------------------------------------------------------------------

COMMENT ON TYPE postern.api_answer IS
'The answer to a request of the API: its outcome, and with it the JSON of the answer, its
entity tag and the cursor of the next page; or else the parameter at fault, its value, the
seconds until it is worth asking again, and a sentence. NULL: none, or for text the usual one.';
