/* tls_resumption.c - a TLS session as few bytes, and back. */
#include "http/tls_resumption.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/asn1.h>

/*
 * What OpenSSL writes is a SEQUENCE in DER, whose member [3] is the peer's
 * certificate.
 */
#define CERTIFICATE_TAG 3

/* The bytes of the member at from, its head and all; 0: it is malformed. */
static size_t
measure_member(const unsigned char *from, size_t left, int *tag, int *class)
{
	const unsigned char *p = from;
	long length;

	if (left == 0 ||
	    (ASN1_get_object(&p, &length, tag, class, (long)left) & 0x81) != 0)
		return 0;
	return (size_t)(p - from) + (size_t)length;
}

/* Move all members but the certificate to the front; the bytes they take. */
static size_t
drop_certificate(unsigned char *members, size_t length)
{
	size_t from = 0, to = 0, size;
	int tag, class;

	while (from < length) {
		size =
		    measure_member(members + from, length - from, &tag, &class);
		if (size == 0)
			return 0;
		if (class != V_ASN1_CONTEXT_SPECIFIC ||
		    tag != CERTIFICATE_TAG) {
			memmove(members + to, members + from, size);
			to += size;
		}
		from += size;
	}
	return to;
}

size_t
tls_resumption_write(const SSL_SESSION *session, unsigned char *to, size_t size)
{
	unsigned char *all = NULL, *at = to;
	const unsigned char *members;
	int length = i2d_SSL_SESSION(session, &all), tag, class, whole;
	long inside;
	size_t kept = 0;

	if (length <= 0 || all == NULL)
		return 0;
	members = all;
	if ((ASN1_get_object(&members, &inside, &tag, &class, length) & 0x81) !=
	    0)
		goto out;
	kept = drop_certificate(all + (members - all), (size_t)inside);
	whole = ASN1_object_size(1, (int)kept, V_ASN1_SEQUENCE);
	if (kept == 0 || whole < 0 || (size_t)whole > size) {
		kept = 0;
		goto out;
	}
	ASN1_put_object(&at, 1, (int)kept, V_ASN1_SEQUENCE, V_ASN1_UNIVERSAL);
	memcpy(at, members, kept);
	kept = (size_t)whole;
out:
	OPENSSL_clear_free(all, (size_t)length);
	return kept;
}

SSL_SESSION *
tls_resumption_read(const unsigned char *from, size_t length)
{
	return d2i_SSL_SESSION(NULL, &from, (long)length);
}
