/* SPDX-License-Identifier: Apache-2.0 */
/* Making X.509 certificates and writing them; RFC 5280 says what is in them. */
#pragma once

#include <openssl/x509.h>

#include "common/bytes.h"
#include "common/cleanup.h"

#define CERT_MAX_NAME 64u /* characters of a common name: ub-common-name */

struct cert {
	X509 *x509;
	EVP_PKEY *key;
};

#define CERT_NONE ((struct cert){ NULL, NULL })

enum cert_kind { CERT_CA, CERT_SERVER, CERT_CLIENT };

struct cert_request {
	enum cert_kind kind;
	const char *cn;
	const char *alt_names; /* "DNS:a,IP:b"; NULL for none */
	unsigned days;         /* cut where the issuer's end comes before */
};

/* A key and a certificate for it; issuer NULL: signed by itself. 0 or -EIO;
 * why is in OpenSSL's queue (cert_error). */
int cert_new(const struct cert_request *request, const struct cert *issuer,
	struct cert *ret) MUST_CHECK;
void cert_free(struct cert *c);
/* The last error of OpenSSL as text, and its queue emptied. */
const char *cert_error(void);

/* Writes new files, the key with mode 0600; both or none. -EEXIST, -EIO ...;
 * ret_path: the file at fault. */
int cert_write(const struct cert *c, const char *cert_path, const char *key_path,
	const char **ret_path) MUST_CHECK;
/* Reads both; the key's permissions are checked. Tells about an error
 * (tool_error) itself. 0 or -errno. */
int cert_read(const char *cert_path, const char *key_path, struct cert *ret) MUST_CHECK;

/* A client's name: 1 to CERT_MAX_NAME letters, digits, '.', '-', '_', the first
 * a letter or a digit. */
bool cert_name_ok(const char *name) MUST_CHECK;
/* "a,10.0.0.1" as "DNS:a,IP:10.0.0.1" into out; false when a name is not one,
 * or too long; ret_bad then is the start of it. */
bool cert_alt_names(const char *names, char *out, size_t cap, const char **ret_bad);

/* "CN=x, O=y" and "2027-01-31" for people. */
void cert_subject_text(const X509 *x509, char *out, size_t cap);
void cert_end_text(const X509 *x509, char *out, size_t cap);
/* Whole days that are left; negative when it has expired. */
int cert_days_left(const X509 *x509);
