-- privileges.sql - who may call and read what; all else belongs to its owner.
--
-- Taken back first and then given, so that every install heals what is missing
-- or too much, with what Postern's roles have granted on to others. What
-- operators grant to other roles of theirs stays.
--
-- A function on this page is SECURITY DEFINER, with search_path and whatever
-- keeps its plans pinned. All others are called by these alone, so they run as
-- the owner with those settings and need neither: each costs time at every
-- call. One keeps a SET only where one of its callers has another.

-- A database that had Postern before there was a postern_viewer may be without.
SELECT CASE WHEN to_regrole('postern_viewer') IS NULL THEN '' ELSE ', postern_viewer' END
           AS and_viewer
\gset
\set ours 'PUBLIC, postern_responder, postern_publisher, postern_delivery, postern_admin'
REVOKE ALL ON SCHEMA postern FROM :ours :and_viewer CASCADE;
REVOKE ALL ON ALL ROUTINES IN SCHEMA postern FROM :ours :and_viewer CASCADE;
REVOKE ALL ON ALL TABLES IN SCHEMA postern FROM :ours :and_viewer CASCADE;
REVOKE ALL ON ALL SEQUENCES IN SCHEMA postern FROM :ours :and_viewer CASCADE;

-- Nor has anybody by default what is made later, as partitions are.
ALTER DEFAULT PRIVILEGES REVOKE ALL ON TABLES FROM :ours :and_viewer;
ALTER DEFAULT PRIVILEGES REVOKE ALL ON SEQUENCES FROM :ours :and_viewer;
ALTER DEFAULT PRIVILEGES REVOKE ALL ON ROUTINES FROM :ours :and_viewer;
ALTER DEFAULT PRIVILEGES IN SCHEMA postern REVOKE ALL ON TABLES FROM :ours :and_viewer;
ALTER DEFAULT PRIVILEGES IN SCHEMA postern REVOKE ALL ON SEQUENCES FROM :ours :and_viewer;
ALTER DEFAULT PRIVILEGES IN SCHEMA postern REVOKE ALL ON ROUTINES FROM :ours :and_viewer;
ALTER DEFAULT PRIVILEGES GRANT ALL ON TABLES TO postern_owner;
ALTER DEFAULT PRIVILEGES GRANT ALL ON SEQUENCES TO postern_owner;
ALTER DEFAULT PRIVILEGES GRANT ALL ON ROUTINES TO postern_owner;

GRANT USAGE ON SCHEMA postern
   TO postern_responder, postern_publisher, postern_delivery, postern_admin :and_viewer;

-- postern-responder: what the API needs.
GRANT EXECUTE ON FUNCTION
    postern.serves,
    postern.responder_ready,
    postern.credential_account,
    postern.register,
    postern.api,
    postern.api_webhook_keys,
    postern.api_publish,
    postern.oauth_token,
    postern.oauth_revoke,
    postern.report,
    postern.scrape,
    postern.probe
TO postern_responder;

-- Applications.
GRANT EXECUTE ON FUNCTION
    postern.publish(uuid, text, jsonb, text),
    postern.publish(uuid, character, json, text),
    postern.publish_to_all(text, jsonb, text),
    postern.publish_to_all(character, json, text)
TO postern_publisher, postern_admin;

-- postern-delivery.
GRANT EXECUTE ON FUNCTION
    postern.serves,
    postern.delivery_ready,
    postern.delivery_starts,
    postern.signing_ready,
    postern.claim,
    postern.record,
    postern.reclaim,
    postern.sign_on,
    postern.apply_notes,
    postern.go_idle,
    postern.leave_idle,
    postern.turn_days,
    postern.tidy,
    postern.work,
    postern.report,
    postern.note_health
TO postern_delivery;

-- Operators.
GRANT EXECUTE ON FUNCTION
    postern.create_account,
    postern.set_webhook_limit,
    postern.set_share,
    postern.delete_account,
    postern.erase_message,
    postern.issue_token,
    postern.revoke_token,
    postern.create_client,
    postern.create_platform_client,
    postern.revoke_client,
    postern.add_event_type,
    postern.rename_event_type,
    postern.archive_event_type,
    postern.remove_event_type,
    postern.set_working_hours,
    postern.close_on,
    postern.open_on,
    postern.open_always,
    postern.seconds_until_open,
    postern.add_sealing_key,
    postern.retire_sealing_key,
    postern.add_signing_key,
    postern.retire_signing_key,
    postern.disable_webhook,
    postern.enable_webhook,
    postern.set_rate,
    postern.set_ordered,
    postern.set_max_in_flight,
    postern.set_timeout,
    postern.set_retry_schedule(interval[]),
    postern.set_retry_schedule(uuid, interval[]),
    postern.import_secret,
    postern.replay(bigint),
    postern.replay(uuid, timestamptz, timestamptz, boolean),
    postern.cancel(bigint),
    postern.cancel(uuid, timestamptz, timestamptz),
    postern.count_deliveries,
    postern.skip,
    postern.release,
    postern.set_retention,
    postern.trust_clock,
    postern.maintain
TO postern_admin;

-- Operators, and those who only look: what sight.sql takes out of these views
-- they do not see. The first five functions are what the views are made with.
GRANT EXECUTE ON FUNCTION
    postern.slot,
    postern.message_name,
    postern.uuid7_time,
    postern.account_load,
    postern.count_waiting,
    postern.metrics,
    postern.rates,
    postern.checkup,
    postern.newest_attempts,
    postern.newest_deliveries
TO postern_admin :and_viewer;
GRANT SELECT ON
    postern.accounts,
    postern.access_tokens,
    postern.attempts,
    postern.clients,
    postern.deliveries,
    postern.delivery_settings,
    postern.delivery_status,
    postern.erasures,
    postern.event_types,
    postern.failures,
    postern.holidays,
    postern.manual,
    postern.messages,
    postern.oldest_owed,
    postern.publishing,
    postern.responders,
    postern.sealing_keys,
    postern.shares,
    postern.signing_keys,
    postern.tasks,
    postern.webhooks,
    postern.workers,
    postern.working_hours,
    postern.worst_accounts,
    postern.worst_webhooks
TO postern_admin :and_viewer;
