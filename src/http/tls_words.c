/* tls_words.c - why TLS failed, in words for whoever runs the receiver. */
#include "http/tls_words.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "common/text.h"

#define QUOTED_MAX 64 /* bytes of a name in a certificate */

/* What is wrong with one certificate of the chain. */
static const struct {
	int error;
	enum { NO_DETAIL, DATE, ISSUER, NAMES } detail;
	const char *words;
} certificate_words[] = {
	{ X509_V_ERR_CERT_HAS_EXPIRED, DATE, "has expired" },
	{ X509_V_ERR_CERT_NOT_YET_VALID, NO_DETAIL, "is not valid yet" },
	{ X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT, NO_DETAIL,
	    "is self-signed, and not one that we trust" },
	{ X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN, NO_DETAIL,
	    "is not among the CA certificates that we trust" },
	{ X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT, ISSUER, "was issued by" },
	{ X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY, ISSUER,
	    "was issued by" },
	{ X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE, ISSUER, "was issued by" },
	{ X509_V_ERR_HOSTNAME_MISMATCH, NAMES, "is not for the name" },
	{ X509_V_ERR_IP_ADDRESS_MISMATCH, NAMES, "is not for the address" },
	{ X509_V_ERR_INVALID_PURPOSE, NO_DETAIL, "is not for servers" },
	{ X509_V_ERR_INVALID_CA, NO_DETAIL, "is not that of a CA" },
	{ X509_V_ERR_EE_KEY_TOO_SMALL, NO_DETAIL,
	    "has a key that is too short" },
	{ X509_V_ERR_CA_KEY_TOO_SMALL, NO_DETAIL,
	    "has a key that is too short" },
	{ X509_V_ERR_CA_MD_TOO_WEAK, NO_DETAIL,
	    "is signed by an algorithm that is too weak" },
	{ X509_V_ERR_CERT_SIGNATURE_FAILURE, NO_DETAIL,
	    "has a signature that is wrong" },
};

/* Alerts (RFC 8446, section 6) that have words of their own. */
static const struct {
	int alert;
	const char *words;
} alert_words[] = {
	{ SSL_AD_HANDSHAKE_FAILURE,
	    "it refused the TLS handshake (it may share no cipher with us, or "
	    "not know the name)" },
	{ SSL_AD_PROTOCOL_VERSION, "it speaks neither TLS 1.2 nor TLS 1.3" },
	{ SSL_AD_CERTIFICATE_REQUIRED,
	    "it demands a client certificate, and we have none" },
	{ SSL_AD_NO_APPLICATION_PROTOCOL, "it does not speak HTTP/1.1" },
	{ SSL_AD_INTERNAL_ERROR, "it had an error of its own in TLS" },
};

/* What we found wrong ourselves. */
static const struct {
	int reason;
	const char *words;
} reason_words[] = {
	{ SSL_R_WRONG_VERSION_NUMBER, "it does not speak TLS" },
	{ SSL_R_UNSUPPORTED_PROTOCOL, "it speaks neither TLS 1.2 nor TLS 1.3" },
	{ SSL_R_WRONG_SSL_VERSION, "it speaks neither TLS 1.2 nor TLS 1.3" },
	{ SSL_R_VERSION_TOO_LOW, "it speaks neither TLS 1.2 nor TLS 1.3" },
	{ SSL_R_DH_KEY_TOO_SMALL, "its Diffie-Hellman key is too short" },
	{ SSL_R_UNSAFE_LEGACY_RENEGOTIATION_DISABLED,
	    "it does not know secure renegotiation (RFC 5746)" },
	{ SSL_R_TOO_MANY_WARN_ALERTS, "it sends TLS alerts without end" },
	{ SSL_R_RECORD_TOO_SMALL, "it sends empty TLS records without end" },
};

/* The common name, or else the organisation, or else nothing. */
static void
read_name(X509_NAME *name, char text[QUOTED_MAX])
{
	text[0] = '\0';
	if (X509_NAME_get_text_by_NID(name, NID_commonName, text, QUOTED_MAX) <=
		0 &&
	    X509_NAME_get_text_by_NID(name, NID_organizationName, text,
		QUOTED_MAX) <= 0)
		snprintf(text, QUOTED_MAX, "somebody without a name");
}

/* The first name or address that a certificate is for. */
static void
read_subject(X509 *certificate, char text[QUOTED_MAX])
{
	GENERAL_NAMES *names =
	    X509_get_ext_d2i(certificate, NID_subject_alt_name, NULL, NULL);

	read_name(X509_get_subject_name(certificate), text);
	for (int i = 0; i < sk_GENERAL_NAME_num(names); i++) {
		const GENERAL_NAME *name = sk_GENERAL_NAME_value(names, i);

		if (name->type != GEN_DNS)
			continue;
		snprintf(text, QUOTED_MAX, "%.*s",
		    ASN1_STRING_length(name->d.dNSName),
		    (const char *)ASN1_STRING_get0_data(name->d.dNSName));
		break;
	}
	GENERAL_NAMES_free(names);
}

static void
read_day(const ASN1_TIME *at, char text[QUOTED_MAX])
{
	struct tm tm;

	text[0] = '\0';
	if (ASN1_TIME_to_tm(at, &tm) == 1)
		strftime(text, QUOTED_MAX, " on %Y-%m-%d", &tm);
}

static void
add_detail(X509 *certificate, int detail, const char *host,
    char why[TLS_WHY_MAX])
{
	size_t length = strlen(why), left = TLS_WHY_MAX - length;
	char text[QUOTED_MAX];

	switch (detail) {
	case DATE:
		read_day(X509_get0_notAfter(certificate), text);
		snprintf(why + length, left, "%s", text);
		break;
	case ISSUER:
		read_name(X509_get_issuer_name(certificate), text);
		snprintf(why + length, left,
		    " \"%s\", of which it sent no certificate, and we have "
		    "none",
		    text);
		break;
	case NAMES:
		read_subject(certificate, text);
		snprintf(why + length, left, " %.80s, but for \"%s\"", host,
		    text);
		break;
	default:
		break;
	}
}

void
tls_words_certificate(X509_STORE_CTX *verified, const char *host,
    char why[TLS_WHY_MAX])
{
	X509 *certificate = X509_STORE_CTX_get_current_cert(verified);
	int error = X509_STORE_CTX_get_error(verified);
	char subject[QUOTED_MAX], whose[QUOTED_MAX + 32] = "its certificate";
	size_t i = 0;

	if (certificate != NULL &&
	    X509_STORE_CTX_get_error_depth(verified) > 0) {
		read_name(X509_get_subject_name(certificate), subject);
		snprintf(whose, sizeof whose, "the CA certificate \"%s\"",
		    subject);
	}
	while (
	    i < COUNT(certificate_words) && certificate_words[i].error != error)
		i++;
	if (i == COUNT(certificate_words)) {
		snprintf(why, TLS_WHY_MAX, "%s cannot be trusted: %.80s", whose,
		    X509_verify_cert_error_string(error));
	} else {
		snprintf(why, TLS_WHY_MAX, "%s %s", whose,
		    certificate_words[i].words);
		if (certificate != NULL)
			add_detail(certificate, certificate_words[i].detail,
			    host, why);
	}
	text_make_printable(why);
}

/* Servers refuse so who has no certificate, before TLS 1.3 by chance. */
static bool
is_about_certificate(int alert)
{
	return alert == SSL_AD_HANDSHAKE_FAILURE ||
	    alert == SSL_AD_BAD_CERTIFICATE || alert == SSL_AD_NO_CERTIFICATE ||
	    alert == SSL_AD_CERTIFICATE_REQUIRED;
}

static void
write_alert(int alert, const char *host, bool certificate_wanted,
    char why[TLS_WHY_MAX])
{
	if (certificate_wanted && is_about_certificate(alert))
		alert = SSL_AD_CERTIFICATE_REQUIRED;
	for (size_t i = 0; i < COUNT(alert_words); i++)
		if (alert_words[i].alert == alert) {
			snprintf(why, TLS_WHY_MAX, "%s", alert_words[i].words);
			return;
		}
	if (alert == SSL_AD_UNRECOGNIZED_NAME)
		snprintf(why, TLS_WHY_MAX, "it does not know the name %.100s",
		    host);
	else
		snprintf(why, TLS_WHY_MAX, "it ended TLS with the alert \"%s\"",
		    SSL_alert_desc_string_long(alert));
}

/* The first error of TLS itself, or else the first; the queue is then empty. */
static unsigned long
take_error(void)
{
	unsigned long first = ERR_peek_error(), error;

	while ((error = ERR_get_error()) != 0)
		if (ERR_GET_LIB(error) == ERR_LIB_SSL) {
			ERR_clear_error();
			return error;
		}
	return first;
}

void
tls_words_failure(const char *host, bool certificate_wanted,
    char why[TLS_WHY_MAX])
{
	unsigned long error = take_error();
	int reason = ERR_GET_REASON(error);
	const char *words = ERR_reason_error_string(error);

	if (ERR_GET_LIB(error) == ERR_LIB_SSL &&
	    reason >= SSL_AD_REASON_OFFSET) {
		write_alert(reason - SSL_AD_REASON_OFFSET, host,
		    certificate_wanted, why);
		text_make_printable(why);
		return;
	}
	snprintf(why, TLS_WHY_MAX, "TLS failed: %.100s",
	    words != NULL ? words : "no reason is known");
	for (size_t i = 0; i < COUNT(reason_words); i++)
		if (ERR_GET_LIB(error) == ERR_LIB_SSL &&
		    reason_words[i].reason == reason)
			snprintf(why, TLS_WHY_MAX, "%s", reason_words[i].words);
	text_make_printable(why);
}

void
tls_words_cut(int error, bool in_handshake, char why[TLS_WHY_MAX])
{
	const char *when =
	    in_handshake ? "during the TLS handshake" : "without ending TLS";

	if (error == 0)
		snprintf(why, TLS_WHY_MAX, "it closed the connection %s", when);
	else
		snprintf(why, TLS_WHY_MAX, "the connection broke %s: %.100s",
		    when, strerror(error));
}
