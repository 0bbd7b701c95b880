/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <sys/stat.h>

#include "tests/unit/check_main.h"
#include "tools/cert.h"

static struct cert
make(enum cert_kind kind, const char *cn, const char *alt_names, unsigned days,
	const struct cert *issuer)
{
	struct cert_request request = { kind, cn, alt_names, days };
	struct cert c;

	ck_assert_int_eq(cert_new(&request, issuer, &c), 0);
	return c;
}

static int
verify(const struct cert *ca, const struct cert *leaf, int purpose, const char *host)
{
	X509_STORE *store = X509_STORE_new();
	X509_STORE_CTX *ctx = X509_STORE_CTX_new();
	int e;

	ck_assert_int_eq(X509_STORE_add_cert(store, ca->x509), 1);
	ck_assert_int_eq(X509_STORE_CTX_init(ctx, store, leaf->x509, NULL), 1);
	X509_STORE_CTX_set_flags(ctx, X509_V_FLAG_X509_STRICT);
	(void)X509_STORE_CTX_set_purpose(ctx, purpose);
	if (host != NULL)
		(void)X509_VERIFY_PARAM_set1_host(
			X509_STORE_CTX_get0_param(ctx), host, strlen(host));
	(void)X509_verify_cert(ctx);
	e = X509_STORE_CTX_get_error(ctx);
	X509_STORE_CTX_free(ctx);
	X509_STORE_free(store);
	return e;
}

START_TEST (certificates_verify_for_their_purpose_only) {
	struct cert ca = make(CERT_CA, "a CA", NULL, 100, NULL);
	struct cert other = make(CERT_CA, "a CA", NULL, 100, NULL);
	struct cert server = make(
		CERT_SERVER, "keystore", "DNS:keystore.example,IP:10.0.0.1", 10, &ca);
	struct cert host = make(CERT_CLIENT, "web-1", NULL, 10, &ca);
	struct cert below = make(CERT_CLIENT, "x", NULL, 10, &host);

	ck_assert_int_eq(
		verify(&ca, &server, X509_PURPOSE_SSL_SERVER, "keystore.example"),
		X509_V_OK);
	ck_assert_int_eq(verify(&ca, &server, X509_PURPOSE_SSL_SERVER, "other.example"),
		X509_V_ERR_HOSTNAME_MISMATCH);
	ck_assert_int_eq(verify(&ca, &server, X509_PURPOSE_SSL_CLIENT, NULL),
		X509_V_ERR_INVALID_PURPOSE);
	ck_assert_int_eq(verify(&ca, &host, X509_PURPOSE_SSL_CLIENT, NULL), X509_V_OK);
	ck_assert_int_eq(verify(&ca, &host, X509_PURPOSE_SSL_SERVER, NULL),
		X509_V_ERR_INVALID_PURPOSE);
	ck_assert_int_ne(verify(&other, &host, X509_PURPOSE_SSL_CLIENT, NULL), X509_V_OK);
	ck_assert_int_ne(verify(&ca, &below, X509_PURPOSE_SSL_CLIENT, NULL), X509_V_OK);
	ck_assert_int_ne(ASN1_INTEGER_cmp(X509_get0_serialNumber(host.x509),
				 X509_get0_serialNumber(server.x509)),
		0);
	cert_free(&below);
	cert_free(&host);
	cert_free(&server);
	cert_free(&other);
	cert_free(&ca);
}
END_TEST

START_TEST (no_certificate_outlives_its_issuer) {
	struct cert ca = make(CERT_CA, "a CA", NULL, 5, NULL);
	struct cert host = make(CERT_CLIENT, "web-1", NULL, 100, &ca);

	ck_assert_int_ge(cert_days_left(ca.x509), 4);
	ck_assert_int_eq(ASN1_TIME_compare(X509_get0_notAfter(host.x509),
				 X509_get0_notAfter(ca.x509)),
		0);
	ck_assert_int_lt(X509_cmp_current_time(X509_get0_notBefore(host.x509)), 0);
	cert_free(&host);
	cert_free(&ca);
}
END_TEST

START_TEST (files_are_new_private_and_read_back) {
	char dir[] = "/tmp/cert-test-XXXXXX", crt[64], key[64], subject[64];
	struct cert ca = make(CERT_CA, "a CA", NULL, 5, NULL), back;
	const char *path = NULL;
	struct stat st;

	ck_assert_ptr_nonnull(mkdtemp(dir));
	(void)snprintf(crt, sizeof crt, "%s/a.crt", dir);
	(void)snprintf(key, sizeof key, "%s/a.key", dir);
	ck_assert_int_eq(cert_write(&ca, crt, key, &path), 0);
	ck_assert_int_eq(stat(key, &st), 0);
	ck_assert_uint_eq(st.st_mode & 0777, 0600);
	ck_assert_int_eq(stat(crt, &st), 0);
	ck_assert_uint_eq(st.st_mode & 0777, 0644);
	ck_assert_int_eq(cert_write(&ca, crt, key, &path), -EEXIST);
	ck_assert_str_eq(path, key);
	ck_assert_int_eq(cert_read(crt, key, &back), 0);
	ck_assert_int_eq(X509_cmp(back.x509, ca.x509), 0);
	cert_subject_text(back.x509, subject, sizeof subject);
	ck_assert_str_eq(subject, "CN=a CA");
	cert_free(&back);
	ck_assert_int_eq(chmod(key, 0644), 0);
	ck_assert_int_eq(cert_read(crt, key, &back), -EPERM);
	ck_assert_int_eq(unlink(key), 0);
	/* a certificate that cannot be written leaves no key behind */
	ck_assert_int_eq(cert_write(&ca, crt, key, &path), -EEXIST);
	ck_assert_str_eq(path, crt);
	ck_assert_int_ne(stat(key, &st), 0);
	ck_assert_int_eq(unlink(crt), 0);
	ck_assert_int_eq(rmdir(dir), 0);
	cert_free(&ca);
}
END_TEST

static const struct {
	const char *names, *expected; /* NULL: refused */
} alt_names[] = {
	{ "localhost", "DNS:localhost" },
	{ "localhost,127.0.0.1", "DNS:localhost,IP:127.0.0.1" },
	{ "::1,a-b.example", "IP:::1,DNS:a-b.example" },
	{ "*.example.org", "DNS:*.example.org" },
	{ "", NULL },
	{ "a,", NULL },
	{ ",a", NULL },
	{ "a b", NULL },
	{ "a,critical;otherName:1", NULL },
	{ "a,DNS:b", NULL },
	{ "-a", NULL },
};

START_TEST (alternative_names_are_checked) {
	char out[256];
	const char *bad;
	bool ok = cert_alt_names(alt_names[_i].names, out, sizeof out, &bad);

	ck_assert_int_eq(ok, alt_names[_i].expected != NULL);
	if (ok)
		ck_assert_str_eq(out, alt_names[_i].expected);
}
END_TEST

START_TEST (names_of_hosts_are_checked) {
	char longest[66];

	memset(longest, 'a', sizeof longest);
	longest[65] = '\0';
	ck_assert(cert_name_ok("web-1.example_x"));
	ck_assert(!cert_name_ok(longest));
	longest[64] = '\0';
	ck_assert(cert_name_ok(longest));
	ck_assert(!cert_name_ok(""));
	ck_assert(!cert_name_ok("../x"));
	ck_assert(!cert_name_ok(".x"));
	ck_assert(!cert_name_ok("*"));
}
END_TEST

static const struct check_test tests[] = {
	{ &certificates_verify_for_their_purpose_only, 0 },
	{ &no_certificate_outlives_its_issuer, 0 },
	{ &files_are_new_private_and_read_back, 0 },
	{ &alternative_names_are_checked, ARRAY_LEN(alt_names) },
	{ &names_of_hosts_are_checked, 0 },
};

CHECK_MAIN("tokenctl_cert", tests)
