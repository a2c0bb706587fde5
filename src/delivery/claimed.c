/* claimed.c - rows of postern.claim as attempts. */
#include "delivery/claimed.h"

#include <arpa/inet.h>
#include <string.h>

#define SEALED_BYTES (SEAL_KEY_ID_BYTES + SEAL_KEY_BYTES + SEAL_NONCE_BYTES + \
	SEAL_BOX_BYTES)
#define KEY_BYTES (ID_BYTES + SEALED_BYTES)

static int32_t
get32(const struct claimed_field *f)
{
	uint32_t n;

	memcpy(&n, f->bytes, sizeof n);
	return (int32_t)ntohl(n);
}

static int64_t
get64(const struct claimed_field *f)
{
	uint32_t n[2];

	memcpy(n, f->bytes, sizeof n);
	return (int64_t)((uint64_t)ntohl(n[0]) << 32 | ntohl(n[1]));
}

struct claimed_view
claimed_view(const struct claimed_field row[CLAIMED_COLUMNS])
{
	return (struct claimed_view){
		.high = row[CLAIMED_ID].bytes == NULL ? 0 :
		    get64(&row[CLAIMED_ID]),
		.fresh = get32(&row[CLAIMED_NUMBER]),
		.backlogs = get32(&row[CLAIMED_STEP]),
		.notes = row[CLAIMED_URL].bytes != NULL,
	};
}

static void
read_sealed(struct sealed *to, const unsigned char *from)
{
	memcpy(to->key_id, from, sizeof to->key_id);
	from += sizeof to->key_id;
	memcpy(to->ephemeral, from, sizeof to->ephemeral);
	from += sizeof to->ephemeral;
	memcpy(to->nonce, from, sizeof to->nonce);
	from += sizeof to->nonce;
	memcpy(to->box, from, sizeof to->box);
}

static void
open_secrets(struct attempt *a, const struct claimed_field *f,
    struct keys *keys)
{
	const unsigned char *from = (const unsigned char *)f->bytes;
	size_t length = f->length;
	struct sealed sealed;

	for (; length >= KEY_BYTES && a->secret_count < SIGNATURE_KEYS_MAX;
	    from += KEY_BYTES, length -= KEY_BYTES) {
		read_sealed(&sealed, from + ID_BYTES);
		if (keys_secret(keys, from, &sealed,
		    a->secrets[a->secret_count]))
			a->secret_count++;
	}
}

struct attempt *
claimed_attempt(const struct claimed_field row[CLAIMED_COLUMNS], size_t room,
    struct keys *keys)
{
	const struct claimed_field *url = &row[CLAIMED_URL];
	const struct claimed_field *body = &row[CLAIMED_BODY];
	bool fits = body->length <= room;
	struct attempt *a = attempt_new(url->bytes == NULL ? "" : url->bytes,
	    url->length, fits ? body->bytes : NULL, fits ? body->length : 0);

	if (a == NULL)
		return NULL;
	a->id = get64(&row[CLAIMED_ID]);
	a->number = get32(&row[CLAIMED_NUMBER]);
	a->step = get32(&row[CLAIMED_STEP]);
	memcpy(a->webhook, row[CLAIMED_WEBHOOK].bytes, ID_BYTES);
	memcpy(a->message, row[CLAIMED_MESSAGE].bytes, ID_BYTES);
	if (fits)
		open_secrets(a, &row[CLAIMED_KEYS], keys);
	else
		a->ending = ENDING_RETURNED;
	return a;
}
