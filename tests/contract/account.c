/* account.c - accounts, webhooks and keys, looked up behind the site's back. */
#include "account.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include "db.h"
#include "keys.h"
#include "site.h"

struct account
account_new(void)
{
	static int count;
	char name[64], id[DB_TEXT_MAX];
	struct account who;

	snprintf(name, sizeof name, "contract %d.%d %.6f", (int)getpid(),
	    ++count, now_seconds());
	db_text(id, "SELECT postern.create_account($1)", name, NULL);
	snprintf(who.id, sizeof who.id, "%.36s", id);
	PQclear(db_query("SELECT postern.set_webhook_limit($1::uuid, 1000000)",
	    who.id, NULL));
	account_token(&who, who.token);
	return who;
}

void
account_token(const struct account *who, char token[64])
{
	char text[DB_TEXT_MAX];

	db_text(text, "SELECT postern.issue_token($1::uuid)", who->id, NULL);
	snprintf(token, 64, "%.63s", text);
	note_secret(token);
}

long
account_webhooks(const struct account *who)
{
	return db_number("SELECT count(*) FROM postern.webhook "
			 "WHERE account_id = $1::uuid",
	    who->id, NULL);
}

const char *
known_event(void)
{
	static char event[129];

	if (event[0] == '\0')
		snprintf(event, sizeof event, "%.*s",
		    (int)strcspn(site_env("POSTERN_EVENTS"), " "),
		    site_env("POSTERN_EVENTS"));
	return event;
}

const char *
unique_url(char url[URL_ROOM], const char *word)
{
	static int count;

	snprintf(url, URL_ROOM, "https://hooks.example.com/%s/%d-%d", word,
	    (int)getpid(), ++count);
	return url;
}

const char *
body_for(char body[BODY_ROOM], const char *url)
{
	snprintf(body, BODY_ROOM, "{\"url\": \"%s\", \"events\": [\"%s\"]}",
	    url, known_event());
	return body;
}

struct answer
post_bytes(const struct account *who, const char *body, size_t length)
{
	return http_send(&(struct request){ .token = who->token,
	    .body = body,
	    .length = length });
}

struct answer
post(const struct account *who, const char *body)
{
	return post_bytes(who, body, strlen(body));
}

struct answer
register_url(const struct account *who, const char *url)
{
	char body[BODY_ROOM];

	return post(who, body_for(body, url));
}

bool
current_key(const struct account *who, const char *url, char key[KEY_TEXT_MAX])
{
	PGresult *r =
	    db_query("SELECT s.key_id, s.ephemeral, s.nonce, s.box "
		     "FROM postern.webhook w JOIN postern.secret s "
		     "ON s.account_id = w.account_id AND s.webhook_id = w.id "
		     "WHERE w.account_id = $1::uuid AND w.url = $2 "
		     "AND w.state = 'enabled' AND s.expires_at IS NULL",
		who->id, url, NULL);
	bool opened = PQntuples(r) == 1 && key_open(r, 0, 0, key);

	PQclear(r);
	return opened;
}

void
expect_one_live(const char *name, const struct account *who, const char *url,
    const char *key)
{
	char current[KEY_TEXT_MAX];
	long live = db_number("SELECT count(*) FROM postern.webhook "
			      "WHERE account_id = $1::uuid AND url = $2 "
			      "AND state = 'enabled'",
	    who->id, url, NULL);

	cr_expect_eq(live, 1, "%s: one live webhook, but %ld", name, live);
	if (live != 1)
		return;
	cr_expect(current_key(who, url, current), "%s: one current secret",
	    name);
	cr_expect_str_eq(current, key, "%s: the last key signs", name);
}

void
expect_last_signs(const char *name, const struct account *who, const char *url,
    const struct job *jobs, size_t n)
{
	char current[KEY_TEXT_MAX] = "", key[KEY_TEXT_MAX];
	double last = 0;
	bool signs = false;

	cr_expect(current_key(who, url, current),
	    "%s: one live webhook with "
	    "one current secret",
	    name);
	for (size_t i = 0; i < n; i++)
		if (jobs[i].answer.at > last)
			last = jobs[i].answer.at;
	for (size_t i = 0; i < n; i++)
		if (expect_registered(name, &jobs[i].answer, key) &&
		    (!has_responder() ||
			jobs[i].answer.at > last - ANSWERS_APART))
			signs = signs || strcmp(key, current) == 0;
	cr_expect(signs, "%s: the last key signs", name);
}
