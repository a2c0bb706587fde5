/* tls_store.c - the CA certificates that we trust, read from files once. */
#include "http/tls_store.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#define DEBIAN_FILE "/etc/ssl/certs/ca-certificates.crt"
#define PATH_BYTES_MAX 4096

/* Certificates read; -1: one cannot be. */
static int
read_certificates(X509_STORE *store, FILE *from)
{
	X509 *one;
	int count = 0, added = 1;
	unsigned long error;

	while (added == 1 &&
	    (one = PEM_read_X509_AUX(from, NULL, NULL, NULL)) != NULL) {
		added = X509_STORE_add_cert(store, one);
		X509_free(one);
		count++;
	}
	error = ERR_peek_last_error();
	ERR_clear_error();
	if (added != 1 || ferror(from) ||
	    ERR_GET_REASON(error) != PEM_R_NO_START_LINE)
		return -1;
	return count;
}

static bool
read_file(X509_STORE *store, const char *path, char why[TLS_WHY_MAX])
{
	FILE *from = fopen(path, "re");
	int count;

	if (from == NULL) {
		snprintf(why, TLS_WHY_MAX, "cannot read %.120s: %s", path,
		    strerror(errno));
		return false;
	}
	count = read_certificates(store, from);
	fclose(from);
	if (count > 0)
		return true;
	if (count == 0)
		snprintf(why, TLS_WHY_MAX,
		    "there is no CA certificate in %.120s", path);
	else
		snprintf(why, TLS_WHY_MAX,
		    "a CA certificate in %.120s cannot be read", path);
	return false;
}

/* Each file once, whatever it is called; what is no certificate is left out. */
static bool
read_directory(X509_STORE *store, const char *path, char why[TLS_WHY_MAX])
{
	DIR *directory = opendir(path);
	char file[PATH_BYTES_MAX], ignored[TLS_WHY_MAX];
	struct dirent *e;
	bool any = false;

	if (directory == NULL) {
		snprintf(why, TLS_WHY_MAX, "cannot read %.120s: %s", path,
		    strerror(errno));
		return false;
	}
	while ((e = readdir(directory)) != NULL) {
		if (e->d_name[0] == '.')
			continue;
		snprintf(file, sizeof file, "%s/%s", path, e->d_name);
		any = read_file(store, file, ignored) || any;
	}
	closedir(directory);
	if (!any)
		snprintf(why, TLS_WHY_MAX,
		    "there is no CA certificate in %.120s", path);
	return any;
}

/* As OpenSSL and Debian have them. */
static bool
read_usual(X509_STORE *store, char why[TLS_WHY_MAX])
{
	const char *const usual[] = { X509_get_default_cert_file(),
		DEBIAN_FILE };

	for (size_t i = 0; i < COUNT(usual); i++)
		if (access(usual[i], F_OK) == 0)
			return read_file(store, usual[i], why);
	return read_directory(store, X509_get_default_cert_dir(), why);
}

/* False, and why has what to do about it too. */
static bool
advise(char why[TLS_WHY_MAX], const char *what, const char *how)
{
	size_t length = strlen(why);

	snprintf(why + length, TLS_WHY_MAX - length,
	    "; %s%s, or give a file with --ca-file", what, how);
	return false;
}

/* As the variables say, or else the usual ones. */
static bool
read_system(X509_STORE *store, char why[TLS_WHY_MAX])
{
	const char *file_variable = X509_get_default_cert_file_env();
	const char *directory_variable = X509_get_default_cert_dir_env();
	const char *file = secure_getenv(file_variable);
	const char *directory = secure_getenv(directory_variable);

	if (file != NULL)
		return read_file(store, file, why) ||
		    advise(why, "correct ", file_variable);
	if (directory != NULL)
		return read_directory(store, directory, why) ||
		    advise(why, "correct ", directory_variable);
	return read_usual(store, why) ||
	    advise(why, "install ", "ca-certificates");
}

X509_STORE *
tls_store_read(const char *ca_file, char why[TLS_WHY_MAX])
{
	X509_STORE *store = X509_STORE_new();

	if (store == NULL) {
		snprintf(why, TLS_WHY_MAX, "memory is short");
		return NULL;
	}
	if (ca_file != NULL ? read_file(store, ca_file, why)
			    : read_system(store, why))
		return store;
	X509_STORE_free(store);
	return NULL;
}
