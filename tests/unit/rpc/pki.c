/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/rpc/pki.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define DAY (24L * 3600)

/* Fuzz targets have certificates too, and no test of Check's under way. */
#define MUST(what)                                                                       \
	do {                                                                             \
		if (!(what)) {                                                           \
			(void)fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #what); \
			abort();                                                         \
		}                                                                        \
	} while (0)

struct authority {
	X509 *cert;
	EVP_PKEY *key;
};

static void
extension_add(X509 *cert, X509 *issuer, int nid, const char *value)
{
	X509_EXTENSION *ext;
	X509V3_CTX ctx;

	X509V3_set_ctx(&ctx, issuer, cert, NULL, NULL, 0);
	ext = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
	MUST(ext != NULL);
	MUST(X509_add_ext(cert, ext, -1) == 1);
	X509_EXTENSION_free(ext);
}

static X509 *
certificate(const char *cn, EVP_PKEY *key, long from, long to, struct authority *ca,
	const char *san)
{
	static long serial = 1000;
	X509 *cert = X509_new();
	X509_NAME *name = X509_get_subject_name(cert);

	X509_set_version(cert, X509_VERSION_3);
	ASN1_INTEGER_set(X509_get_serialNumber(cert), serial++);
	X509_gmtime_adj(X509_getm_notBefore(cert), from);
	X509_gmtime_adj(X509_getm_notAfter(cert), to);
	X509_set_pubkey(cert, key);
	X509_NAME_add_entry_by_txt(
		name, "CN", MBSTRING_UTF8, (const unsigned char *)cn, -1, -1, 0);
	X509_set_issuer_name(
		cert, ca->cert != NULL ? X509_get_subject_name(ca->cert) : name);
	extension_add(cert, ca->cert != NULL ? ca->cert : cert, NID_basic_constraints,
		ca->cert != NULL ? "critical,CA:FALSE" : "critical,CA:TRUE");
	if (san != NULL)
		extension_add(cert, ca->cert, NID_subject_alt_name, san);
	MUST(X509_sign(cert, ca->cert != NULL ? ca->key : key, EVP_sha256()) != 0);
	return cert;
}

static void
write_pem(const char *path, X509 *cert, EVP_PKEY *key)
{
	FILE *f = fopen(path, "w");

	MUST(f != NULL);
	MUST(fchmod(fileno(f), 0600) == 0);
	if (cert != NULL)
		MUST(PEM_write_X509(f, cert) == 1);
	if (key != NULL)
		MUST(PEM_write_PrivateKey(f, key, NULL, NULL, 0, NULL, NULL) == 1);
	MUST(fclose(f) == 0);
}

static struct authority
authority(struct pki *pki, const char *cn, char path[96])
{
	struct authority none = { NULL, NULL };
	struct authority ca = { .key = EVP_EC_gen("P-256") };

	ca.cert = certificate(cn, ca.key, -DAY, DAY, &none, NULL);
	(void)snprintf(path, 96, "%s/%s.pem", pki->dir, cn);
	write_pem(path, ca.cert, NULL);
	return ca;
}

static void
leaf(struct pki *pki, struct authority *ca, const char *cn, const char *san, long to,
	char cert_path[96], char key_path[96])
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *cert = certificate(cn, key, -2 * DAY, to, ca, san);

	(void)snprintf(cert_path, 96, "%s/%s.pem", pki->dir, cn);
	(void)snprintf(key_path, 96, "%s/%s.key", pki->dir, cn);
	write_pem(cert_path, cert, NULL);
	write_pem(key_path, NULL, key);
	X509_free(cert);
	EVP_PKEY_free(key);
}

void
pki_make(struct pki *pki)
{
	struct authority ca, foreign;

	(void)snprintf(pki->dir, sizeof pki->dir, "/tmp/rpc-test-XXXXXX");
	MUST(mkdtemp(pki->dir) != NULL);
	ca = authority(pki, "ca", pki->ca);
	foreign = authority(pki, "foreign-ca", pki->foreign_ca);
	leaf(pki, &ca, "server", "DNS:localhost,IP:127.0.0.1", DAY, pki->server,
		pki->server_key);
	leaf(pki, &ca, "elsewhere", "DNS:elsewhere.example", DAY, pki->elsewhere,
		pki->elsewhere_key);
	leaf(pki, &ca, "host-1", NULL, DAY, pki->client, pki->client_key);
	leaf(pki, &ca, "expired", "DNS:localhost,IP:127.0.0.1", -DAY, pki->expired,
		pki->expired_key);
	leaf(pki, &foreign, "foreign", NULL, DAY, pki->foreign, pki->foreign_key);
	X509_free(ca.cert);
	EVP_PKEY_free(ca.key);
	X509_free(foreign.cert);
	EVP_PKEY_free(foreign.key);
}

void
pki_remove(struct pki *pki)
{
	const char *files[] = { pki->ca, pki->server, pki->server_key, pki->elsewhere,
		pki->elsewhere_key, pki->client, pki->client_key, pki->expired,
		pki->expired_key, pki->foreign_ca, pki->foreign, pki->foreign_key };

	for (unsigned i = 0; i < sizeof files / sizeof files[0]; i++)
		(void)unlink(files[i]);
	(void)rmdir(pki->dir);
}
