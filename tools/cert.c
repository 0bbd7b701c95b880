/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/cert.h"

#include <arpa/inet.h>
#include <errno.h>
#include <openssl/err.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <time.h>

#define SERIAL_BYTES 20 /* the most that RFC 5280 allows, less the sign */
#define DAY 86400L
#define BACK 3600L /* clocks of other hosts may be behind */

struct extension {
	int nid;
	const char *value;
};

struct profile {
	const char *group;
	const struct extension *extensions; /* end with NID_undef */
};

/* A CA that makes no further CAs. The key identifier of the subject comes
 * first: that of the authority is copied from it. */
static const struct extension ca_extensions[] = {
	{ NID_subject_key_identifier, "hash" },
	{ NID_authority_key_identifier, "keyid" },
	{ NID_basic_constraints, "critical,CA:TRUE,pathlen:0" },
	{ NID_key_usage, "critical,keyCertSign,cRLSign" },
	{ NID_undef, NULL },
};
static const struct extension server_extensions[] = {
	{ NID_subject_key_identifier, "hash" },
	{ NID_authority_key_identifier, "keyid:always" },
	{ NID_basic_constraints, "critical,CA:FALSE" },
	{ NID_key_usage, "critical,digitalSignature" },
	{ NID_ext_key_usage, "serverAuth" },
	{ NID_undef, NULL },
};
static const struct extension client_extensions[] = {
	{ NID_subject_key_identifier, "hash" },
	{ NID_authority_key_identifier, "keyid:always" },
	{ NID_basic_constraints, "critical,CA:FALSE" },
	{ NID_key_usage, "critical,digitalSignature" },
	{ NID_ext_key_usage, "clientAuth" },
	{ NID_undef, NULL },
};

static const struct profile profiles[] = {
	[CERT_CA] = { "P-384", ca_extensions },
	[CERT_SERVER] = { "P-256", server_extensions },
	[CERT_CLIENT] = { "P-256", client_extensions },
};

void
cert_free(struct cert *c)
{
	X509_free(c->x509);
	EVP_PKEY_free(c->key);
	*c = CERT_NONE;
}

const char *
cert_error(void)
{
	static char text[256];
	unsigned long e = ERR_peek_last_error();

	if (e == 0)
		return "unknown error";
	ERR_error_string_n(e, text, sizeof text);
	ERR_clear_error();
	return text;
}

/* --- Making ------------------------------------------------------------------ */

static bool
serial_set(X509 *x509)
{
	uint8_t raw[SERIAL_BYTES];
	ASN1_INTEGER *to = X509_get_serialNumber(x509);
	BIGNUM *n;
	bool ok;

	if (RAND_bytes(raw, sizeof raw) != 1)
		return false;
	raw[0] = (uint8_t)((raw[0] & 0x7f) | 0x40); /* positive, always as long */
	n = BN_bin2bn(raw, sizeof raw, NULL);
	ok = n != NULL && BN_to_ASN1_INTEGER(n, to) != NULL;
	BN_free(n);
	return ok;
}

static bool
validity_set(X509 *x509, unsigned days, const X509 *issuer)
{
	if (X509_gmtime_adj(X509_getm_notBefore(x509), -BACK) == NULL ||
		X509_time_adj_ex(X509_getm_notAfter(x509), (int)days, 0, NULL) == NULL)
		return false;
	if (issuer == NULL || ASN1_TIME_compare(X509_get0_notAfter(x509),
				      X509_get0_notAfter(issuer)) <= 0)
		return true;
	return X509_set1_notAfter(x509, X509_get0_notAfter(issuer)) == 1;
}

static bool
subject_set(X509 *x509, const char *cn, const X509 *issuer)
{
	X509_NAME *name = X509_NAME_new();
	bool ok;

	ok = name != NULL &&
	     X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8,
		     (const unsigned char *)cn, -1, -1, 0) == 1 &&
	     X509_set_subject_name(x509, name) == 1 &&
	     X509_set_issuer_name(
		     x509, issuer != NULL ? X509_get_subject_name(issuer) : name) == 1;
	X509_NAME_free(name);
	return ok;
}

static bool
extension_add(X509 *x509, const X509 *issuer, int nid, const char *value)
{
	X509_EXTENSION *extension;
	X509V3_CTX ctx;
	bool ok;

	X509V3_set_ctx(&ctx, (X509 *)(uintptr_t)(issuer != NULL ? issuer : x509), x509,
		NULL, NULL, 0);
	extension = X509V3_EXT_nconf_nid(NULL, &ctx, nid, value);
	ok = extension != NULL && X509_add_ext(x509, extension, -1) == 1;
	X509_EXTENSION_free(extension);
	return ok;
}

static bool
extensions_add(
	X509 *x509, const X509 *issuer, const struct extension *row, const char *san)
{
	for (; row->nid != NID_undef; row++)
		if (!extension_add(x509, issuer, row->nid, row->value))
			return false;
	return san == NULL || extension_add(x509, issuer, NID_subject_alt_name, san);
}

int
cert_new(const struct cert_request *request, const struct cert *issuer, struct cert *ret)
{
	const struct profile *profile = &profiles[request->kind];
	const X509 *above = issuer != NULL ? issuer->x509 : NULL;
	CLEANUP(cert_free)
	struct cert c = CERT_NONE;
	EVP_PKEY *signer;

	c.key = EVP_EC_gen(profile->group);
	c.x509 = X509_new();
	if (c.key == NULL || c.x509 == NULL)
		return -EIO;
	signer = issuer != NULL ? issuer->key : c.key;
	if (X509_set_version(c.x509, X509_VERSION_3) != 1 || !serial_set(c.x509) ||
		!validity_set(c.x509, request->days, above) ||
		!subject_set(c.x509, request->cn, above) ||
		X509_set_pubkey(c.x509, c.key) != 1 ||
		!extensions_add(c.x509, above, profile->extensions, request->alt_names) ||
		X509_sign(c.x509, signer,
			EVP_PKEY_get_bits(signer) > 256 ? EVP_sha384() : EVP_sha256()) ==
			0)
		return -EIO;
	*ret = c;
	c = CERT_NONE;
	return 0;
}

/* --- Names ------------------------------------------------------------------- */

static bool
is_alnum(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

static bool
name_ok(const char *name, size_t n, const char *more, size_t max)
{
	if (n == 0 || n > max || (!is_alnum(name[0]) && name[0] != '*'))
		return false;
	for (size_t i = 0; i < n; i++)
		if (!is_alnum(name[i]) && strchr(more, name[i]) == NULL)
			return false;
	return true;
}

bool
cert_name_ok(const char *name)
{
	return name_ok(name, strlen(name), "._-", CERT_MAX_NAME);
}

static bool
is_address(const char *text)
{
	uint8_t raw[16];

	return inet_pton(AF_INET, text, raw) == 1 || inet_pton(AF_INET6, text, raw) == 1;
}

bool
cert_alt_names(const char *names, char *out, size_t cap, const char **ret_bad)
{
	size_t used = 0;

	*ret_bad = names;
	do {
		size_t n = strcspn(names, ",");
		char one[254];
		const char *kind = "DNS";
		int wrote;

		*ret_bad = names;
		if (n == 0 || n >= sizeof one)
			return false;
		memcpy(one, names, n);
		one[n] = '\0';
		if (is_address(one))
			kind = "IP";
		else if (!name_ok(one, n, "*.-", sizeof one - 1))
			return false;
		wrote = snprintf(out + used, cap - used, "%s%s:%s", used != 0 ? "," : "",
			kind, one);
		if (wrote < 0 || (size_t)wrote >= cap - used)
			return false;
		used += (size_t)wrote;
		names += n + (names[n] == ',');
		if (names[0] == '\0' && names[-1] == ',')
			return false;
	} while (names[0] != '\0');
	return true;
}

void
cert_subject_text(const X509 *x509, char *out, size_t cap)
{
	BIO *bio = BIO_new(BIO_s_mem());
	int n = 0;

	if (bio != NULL &&
		X509_NAME_print_ex(bio, X509_get_subject_name(x509), 0,
			(XN_FLAG_ONELINE & ~XN_FLAG_SPC_EQ) | ASN1_STRFLGS_ESC_CTRL) >= 0)
		n = BIO_read(bio, out, (int)cap - 1);
	out[n > 0 ? n : 0] = '\0';
	BIO_free(bio);
}

void
cert_end_text(const X509 *x509, char *out, size_t cap)
{
	struct tm tm;

	if (ASN1_TIME_to_tm(X509_get0_notAfter(x509), &tm) != 1 ||
		strftime(out, cap, "%Y-%m-%d", &tm) == 0)
		(void)snprintf(out, cap, "?");
}

int
cert_days_left(const X509 *x509)
{
	int days = 0, seconds = 0;

	if (ASN1_TIME_diff(&days, &seconds, NULL, X509_get0_notAfter(x509)) != 1)
		return 0;
	return days < 0 || seconds < 0 ? (days < 0 ? days : -1) : days;
}
