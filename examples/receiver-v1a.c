/* receiver-v1a.c - receive webhooks signed with v1a, over FastCGI or CGI.
 * As receiver.c; its argument names a file with what GET /v1/webhook-keys says. */
#include <fcgi_stdio.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#define VALUE(name) (getenv(name) ? getenv(name) : "")
static char body[1 << 19], text[1 << 20], keys[1 << 14];
static int
good(const char *key, const char *sent, size_t n)
{
	unsigned char k[33] = "", s[66];
	int ok = EVP_DecodeBlock(k, (void *)key, 44) == 33 &&
	    strlen(sent) >= 88 && EVP_DecodeBlock(s, (void *)sent, 88) == 66;
	EVP_PKEY *p = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, 0, k, 32);
	EVP_MD_CTX *c = EVP_MD_CTX_new();
	ok = ok && EVP_DigestVerifyInit(c, NULL, NULL, NULL, p) == 1 &&
	    EVP_DigestVerify(c, s, 64, (void *)text, n) == 1;
	return EVP_MD_CTX_free(c), EVP_PKEY_free(p), ok;
}
int
main(int argc, char **argv)
{
	FILE *f = fopen(argc > 1 ? argv[1] : "", "r");
	keys[f ? fread(keys, 1, sizeof keys - 64, f) : 0] = '\0';
	while (FCGI_Accept() >= 0) {
		const char *id = VALUE("HTTP_WEBHOOK_ID"), *k, *s,
			   *at = VALUE("HTTP_WEBHOOK_TIMESTAMP"),
			   *signature = VALUE("HTTP_WEBHOOK_SIGNATURE");
		body[fread(body, 1, sizeof body - 1, stdin)] = '\0';
		int ok = 0, fresh = labs(time(NULL) - atol(at)) <= 300,
		    n = snprintf(text, 1 << 20, "%s.%s.%s", id, at, body);
		for (k = keys; (k = strstr(k, "whpk_")); k += 5)
			for (s = signature; (s = strstr(s, "v1a,")); s += 4)
				ok |= good(k + 5, s + 4, n);
		printf("Status: %d\r\n\r\n", *id && fresh && ok ? 204 : 400);
	}
}
