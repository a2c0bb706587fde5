/* event.h - the event that the loops without a database sign and send. */
#ifndef BENCH_EVENT_H
#define BENCH_EVENT_H

#include <stdio.h>
#include <string.h>

#include <openssl/evp.h>
#include <openssl/hmac.h>

#define EVENT_KEY_BYTES 32

static const char event_body[] =
    "{\"type\":\"payment.settled\",\"timestamp\":"
    "\"2026-11-24T08:00:00.000Z\",\"data\":{\"amount\":\"12.50\","
    "\"currency\":\"EUR\",\"reference\":\"invoice 2026-1187\"}}";

/* The value of webhook-signature. */
static inline void
event_sign(const unsigned char key[EVENT_KEY_BYTES], const char *id,
    long long stamp, char text[64])
{
	char content[1024];
	unsigned char mac[32];
	int n = snprintf(content, sizeof content, "%s.%lld.%s", id, stamp,
	    event_body);

	HMAC(EVP_sha256(), key, EVENT_KEY_BYTES, (unsigned char *)content,
	    (size_t)n, mac, NULL);
	memcpy(text, "v1,", 3);
	EVP_EncodeBlock((unsigned char *)text + 3, mac, sizeof mac);
}

#endif
