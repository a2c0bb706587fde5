/* receiver.c - receive signed webhooks behind a web server, over FastCGI or CGI.
 * cc -o receiver receiver.c -lfcgi -lcrypto; spawn-fcgi -s SOCKET -- ./receiver
 * The web server ends TLS and sets SECRET_FILE, which holds the apiSecretKey. */
#include <fcgi_stdio.h>
#include <openssl/crypto.h>
#include <openssl/hmac.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#define VALUE(name) (getenv(name) != NULL ? getenv(name) : "")
static char body[1 << 19], text[1 << 20];
static int
verified(const char *id, const char *at, const char *given)
{
	unsigned char secret[64] = "", key[64], mac[32], right[48] = "v1,";
	int n = snprintf(text, sizeof text, "%s.%s.%s", id, at, body), good = 0;
	FILE *f = fopen(VALUE("SECRET_FILE"), "r");

	if (f == NULL || fread(secret, 1, 50, f) != 50 || fclose(f) != 0 ||
	    EVP_DecodeBlock(key, secret + strlen("whsec_"), 44) != 33)
		return 0;
	HMAC(EVP_sha256(), key, 32, (unsigned char *)text, n, mac, NULL);
	EVP_EncodeBlock(right + 3, mac, sizeof mac);
	for (size_t m; (m = strcspn(given, " ")) > 0; given += m + !!given[m])
		good |= m == 47 && CRYPTO_memcmp(given, right, 47) == 0;
	return good && labs(time(NULL) - atol(at)) <= 300;
}
int
main(void)
{
	while (FCGI_Accept() >= 0) {
		const char *id = VALUE("HTTP_WEBHOOK_ID");
		const char *at = VALUE("HTTP_WEBHOOK_TIMESTAMP");
		const char *given = VALUE("HTTP_WEBHOOK_SIGNATURE");
		body[fread(body, 1, sizeof body - 1, stdin)] = '\0';
		printf("Status: %d\r\n\r\n",
		    verified(id, at, given) ? 204 : 400);
	}
}
