/*
 * account.h - accounts of the site's database, their webhooks and keys.
 *
 * Each test has an account of its own, so that what it stored can be counted.
 */
#ifndef CONTRACT_ACCOUNT_H
#define CONTRACT_ACCOUNT_H

#include "expect.h"
#include "many.h"

#define URL_ROOM 4096
#define BODY_ROOM 20000

struct account {
	char id[40];
	char token[64];
};

/* A new account with a token. */
struct account account_new(void);

/* A further token of it. */
void account_token(const struct account *who, char token[64]);

/* Its webhooks, whatever their state. */
long account_webhooks(const struct account *who);

/* The first event type that the site knows. */
const char *known_event(void);

/* A URL that nobody used before, with word in its path. */
const char *unique_url(char url[URL_ROOM], const char *word);

/* The body that registers a URL for known_event(). */
const char *body_for(char body[BODY_ROOM], const char *url);

/* Post a body, of length bytes or up to its NUL, as this account. */
struct answer post(const struct account *who, const char *body);
struct answer post_bytes(const struct account *who, const char *body,
    size_t length);

/* Register a new or known URL. */
struct answer register_url(const struct account *who, const char *url);

/* The key that signs for this URL now, opened with the private key. */
bool current_key(const struct account *who, const char *url,
    char key[KEY_TEXT_MAX]);

/* One enabled webhook has this URL, and this key signs for it. */
void expect_one_live(const char *name, const struct account *who,
    const char *url, const char *key);

/*
 * One enabled webhook has this URL, and of these answers, each a 201, the
 * last one's key signs for it. Answers less than ANSWERS_APART seconds apart
 * come by different processes of the web server and have no order; nor have
 * those of CGI programs, which know nothing of each other.
 */
#define ANSWERS_APART 0.1
void expect_last_signs(const char *name, const struct account *who,
    const char *url, const struct job *jobs, size_t n);

#endif
