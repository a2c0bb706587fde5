/* admission.c - may this request go on now? */
#include "responder/admission.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "common/clock.h"
#include "responder/account_cache.h"
#include "responder/db_pool.h"
#include "responder/holders.h"
#include "responder/rate_table.h"

#define NETWORK_BYTES 8 /* of an IPv6 address: what one client may have */
#define LOOK_UP_CONNECTIONS 2
#define LOOK_UP_WAIT_MS 200 /* at most for one of them */
#define LOOK_UP_MS 400      /* then for its answer, connecting aside */
#define LOOK_UPS_PART 2     /* of the threads one part may be in them */

struct admission {
	pthread_mutex_t lock; /* guards all below but look_ups */
	struct account_cache *cache;
	struct holders *threads;
	struct rate_table *rates; /* NULL: any rate */
	struct db_pool *look_ups; /* NULL: accounts are not told apart */
};

enum column { ACCOUNT_ID, SHARE, COLUMNS };

static const char account_sql[] =
    "SELECT account_id, share "
    "FROM postern.credential_account($1::pg_catalog.bytea)";

static const struct account unknown = { .share = 1 };

struct admission *
admission_open(const char *conninfo, unsigned threads, unsigned rate)
{
	const struct db_pool_plan plan = { .purpose = "look-ups of accounts",
		.connections = LOOK_UP_CONNECTIONS,
		.waiting_max = 1 + threads / LOOK_UPS_PART,
		.wait_ms = LOOK_UP_WAIT_MS,
		.call_ms = LOOK_UP_MS };
	struct admission *a = calloc(1, sizeof *a);

	if (a == NULL)
		return NULL;
	pthread_mutex_init(&a->lock, NULL);
	a->threads = holders_open(threads - threads / 8, 1);
	if (threads > 1) {
		a->cache = account_cache_open();
		a->look_ups = db_pool_open(conninfo, &plan);
	}
	if (threads > 1 && rate > 0)
		a->rates = rate_table_open(rate);
	if (a->threads != NULL &&
	    (threads == 1 || (a->cache != NULL && a->look_ups != NULL)) &&
	    (threads == 1 || rate == 0 || a->rates != NULL))
		return a;
	admission_close(a);
	return NULL;
}

void
admission_close(struct admission *a)
{
	if (a == NULL)
		return;
	db_pool_close(a->look_ups);
	rate_table_close(a->rates);
	holders_close(a->threads);
	account_cache_close(a->cache);
	pthread_mutex_destroy(&a->lock);
	free(a);
}

/*
 * Look-ups take turns by network, each as if it were an account: an address of
 * IPv4, the first half of one of IPv6, or zeros.
 */
static struct account
network_of(const char *address)
{
	struct account network = unknown;
	struct in6_addr whole;

	if (inet_pton(AF_INET6, address, &whole) == 1)
		memcpy(network.id, &whole, NETWORK_BYTES);
	else if (inet_pton(AF_INET, address, network.id) != 1)
		return unknown;
	return network;
}

/* The row of account_sql. False: nobody has such a credential. */
static bool
read_account(const struct pg_result *row, struct account *account)
{
	const char *id = db_pool_field(row, ACCOUNT_ID);
	const char *share = db_pool_field(row, SHARE);

	if (id == NULL || share == NULL)
		return false;
	account->share = strtof(share, NULL);
	return sodium_hex2bin(account->id, ID_BYTES, id, strlen(id), "-", NULL,
		   NULL) == 0;
}

static bool
is_cached(struct admission *a, struct account *account,
    const unsigned char hash[CREDENTIAL_HASH_BYTES])
{
	bool known;

	pthread_mutex_lock(&a->lock);
	known = account_cache_find(a->cache, hash, clock_now_ms(), account);
	pthread_mutex_unlock(&a->lock);
	return known;
}

/* Ask the database. *account stays as it is if that does not answer in time. */
static enum outcome
look_up(struct admission *a, struct account *account,
    const unsigned char hash[CREDENTIAL_HASH_BYTES], const char *address)
{
	const struct db_pool_value value = { (const char *)hash,
		CREDENTIAL_HASH_BYTES, true };
	const struct account network = network_of(address);
	const struct db_pool_call call = { account_sql, &value, 1, COLUMNS,
		&network };
	struct pg_result *row;
	bool found;

	if (db_pool_ask(a->look_ups, &call, &row) != OUTCOME_NONE) {
		/* perhaps another request with it had its answer meanwhile */
		(void)is_cached(a, account, hash);
		return OUTCOME_NONE;
	}
	found = read_account(row, account);
	db_pool_clear(row);
	if (!found)
		return OUTCOME_INVALID_TOKEN;
	pthread_mutex_lock(&a->lock);
	account_cache_add(a->cache, hash, clock_now_ms(), account);
	pthread_mutex_unlock(&a->lock);
	return OUTCOME_NONE;
}

static enum outcome
find_account(struct admission *a, struct account *account,
    const unsigned char hash[CREDENTIAL_HASH_BYTES], const char *address)
{
	if (a->look_ups == NULL || is_cached(a, account, hash))
		return OUTCOME_NONE;
	return look_up(a, account, hash, address);
}

static enum outcome
take_thread(struct admission *a, struct visit *v)
{
	static const enum outcome outcomes[] = {
		[HOLDERS_TAKEN] = OUTCOME_NONE,
		[HOLDERS_OVER_SHARE] = OUTCOME_RATE_LIMITED,
		[HOLDERS_NONE_FREE] = OUTCOME_SERVICE_UNAVAILABLE,
	};
	enum holders_answer answer;

	pthread_mutex_lock(&a->lock);
	answer = holders_take(a->threads, &v->account);
	pthread_mutex_unlock(&a->lock);
	v->inside = answer == HOLDERS_TAKEN;
	return outcomes[answer];
}

static bool
is_too_often(struct admission *a, struct visit *v)
{
	bool may;

	if (a->rates == NULL ||
	    memcmp(v->account.id, unknown.id, ID_BYTES) == 0)
		return false;
	pthread_mutex_lock(&a->lock);
	may = rate_table_take(a->rates, &v->account, clock_now_us(),
	    &v->retry_after);
	pthread_mutex_unlock(&a->lock);
	return !may;
}

enum outcome
admission_enter(struct admission *a, struct visit *v,
    const unsigned char hash[CREDENTIAL_HASH_BYTES], const char *address)
{
	enum outcome o;

	v->account = unknown;
	v->retry_after = 1;
	o = find_account(a, &v->account, hash, address);
	if (o != OUTCOME_NONE)
		return o;
	if (is_too_often(a, v))
		return OUTCOME_RATE_LIMITED;
	return take_thread(a, v);
}

enum outcome
admission_enter_unknown(struct admission *a, struct visit *v)
{
	v->account = unknown;
	v->retry_after = 1;
	return take_thread(a, v);
}

void
admission_leave(struct admission *a, struct visit *v)
{
	if (!v->inside)
		return;
	pthread_mutex_lock(&a->lock);
	holders_give_back(a->threads, &v->account);
	pthread_mutex_unlock(&a->lock);
	v->inside = false;
}
