/* SPDX-License-Identifier: Apache-2.0 */
/* tokenctl pki: a small CA for keystores and their hosts. */
#include <errno.h>
#include <fcntl.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <sys/stat.h>

#include "tools/cert.h"
#include "tools/tokenctl.h"

#define DAYS_DEFAULT 730u
#define DAYS_MAX 36500u
#define DAYS_CA 3650u /* or as long as what it signs */
#define ADMIN "admin"
#define PATH_MAX_ 4096

struct pki_paths {
	char cert[PATH_MAX_], key[PATH_MAX_];
};

/* Names that would take the place of another file, or of the administrator. */
static const char *const reserved[] = { "ca", "server", ADMIN };

static int
paths_make(const char *dir, const char *name, struct pki_paths *ret)
{
	int n = snprintf(ret->cert, sizeof ret->cert, "%s/%s.crt", dir, name);
	int m = snprintf(ret->key, sizeof ret->key, "%s/%s.key", dir, name);

	if (n < 0 || m < 0 || (size_t)n >= sizeof ret->cert ||
		(size_t)m >= sizeof ret->key) {
		tool_error("--dir is too long");
		return TOOL_USAGE;
	}
	return TOOL_OK;
}

static int
options_check(const struct options *o, unsigned *ret_days)
{
	if (o->dir == NULL) {
		tool_error("--dir DIR is missing: the folder of the CA");
		return TOOL_USAGE;
	}
	*ret_days = DAYS_DEFAULT;
	return o->days == NULL ? TOOL_OK
			       : option_number("days", o->days, 1, DAYS_MAX, ret_days);
}

static int
refuse_existing(const char *path)
{
	struct stat st;

	if (lstat(path, &st) != 0 && errno == ENOENT)
		return TOOL_OK;
	tool_error("%s is there already and is not overwritten; name another --dir, or "
		   "remove it if nothing uses it",
		path);
	return TOOL_FAILED;
}

static int
refuse_existing_pair(const struct pki_paths *paths)
{
	int r = refuse_existing(paths->cert);

	return r != TOOL_OK ? r : refuse_existing(paths->key);
}

/* Makes and writes one. */
static int
issue(const struct pki_paths *paths, const struct cert_request *request,
	const struct cert *issuer, struct cert *ret)
{
	CLEANUP(cert_free)
	struct cert c = CERT_NONE;
	const char *path;
	int r = cert_new(request, issuer, &c);

	if (r < 0) {
		tool_error("cannot make a certificate for %s: %s", request->cn,
			cert_error());
		return TOOL_FAILED;
	}
	r = cert_write(&c, paths->cert, paths->key, &path);
	if (r < 0) {
		tool_error("%s: cannot be written: %s", path, strerror(-r));
		return TOOL_FAILED;
	}
	if (ret != NULL) {
		*ret = c;
		c = CERT_NONE;
	}
	return TOOL_OK;
}

/* --- pki init ---------------------------------------------------------------- */

struct init {
	struct pki_paths paths[3]; /* CA, server, administrator */
	struct cert_request requests[3];
	char ca_name[CERT_MAX_NAME];
	char server_name[CERT_MAX_NAME + 1];
	char alt_names[4096];
};

static void
init_undo(const struct init *in, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		(void)unlink(in->paths[i].cert);
		(void)unlink(in->paths[i].key);
	}
}

static int
server_names(const char *given, struct init *in)
{
	char names[300] = "localhost,127.0.0.1,::1";
	char host[256] = "";
	const char *bad;
	size_t n;

	if (given == NULL) {
		n = strlen(names);
		if (gethostname(host, sizeof host - 1) == 0 && host[0] != '\0' &&
			strcmp(host, "localhost") != 0)
			(void)snprintf(names + n, sizeof names - n, ",%s", host);
		given = names;
	}
	if (!cert_alt_names(given, in->alt_names, sizeof in->alt_names, &bad)) {
		tool_error("--server wants names and addresses with commas between them; "
			   "'%s' is none",
			bad);
		return TOOL_USAGE;
	}
	n = strcspn(given, ",");
	if (n > CERT_MAX_NAME) /* the alternative names are what counts */
		(void)snprintf(in->server_name, sizeof in->server_name, "keystored");
	else
		(void)snprintf(
			in->server_name, sizeof in->server_name, "%.*s", (int)n, given);
	return TOOL_OK;
}

static int
init_prepare(const struct options *o, struct init *in)
{
	static const char *const files[] = { "ca", "server", ADMIN };
	unsigned days = 0;
	uint32_t unique;
	int r;

	r = options_check(o, &days);
	if (r == TOOL_OK)
		r = server_names(o->server, in);
	for (unsigned i = 0; r == TOOL_OK && i < ARRAY_LEN(files); i++)
		r = paths_make(o->dir, files[i], &in->paths[i]);
	if (r != TOOL_OK)
		return r;
	/* two CAs of one name could not be told apart in a list of trusted ones */
	if (RAND_bytes((uint8_t *)&unique, sizeof unique) != 1) {
		tool_error("no random numbers: %s", cert_error());
		return TOOL_FAILED;
	}
	(void)snprintf(in->ca_name, sizeof in->ca_name, "Keyring Token CA %08x", unique);
	in->requests[0] = (struct cert_request){ CERT_CA, in->ca_name, NULL,
		days > DAYS_CA ? days : DAYS_CA };
	in->requests[1] = (struct cert_request){ CERT_SERVER, in->server_name,
		in->alt_names, days };
	in->requests[2] = (struct cert_request){ CERT_CLIENT, ADMIN, NULL, days };
	return TOOL_OK;
}

static int
init_issue(const struct init *in)
{
	CLEANUP(cert_free)
	struct cert ca = CERT_NONE;
	int r = issue(&in->paths[0], &in->requests[0], NULL, &ca);

	for (unsigned i = 1; r == TOOL_OK && i < ARRAY_LEN(in->paths); i++) {
		r = issue(&in->paths[i], &in->requests[i], &ca, NULL);
		if (r != TOOL_OK)
			init_undo(in, i);
	}
	return r;
}

int
pki_init(const struct options *o, char *const *args)
{
	static const char *const about[] = {
		"the CA: keep its key offline where you can",
		"keystored's, for ",
		"the administrator's, for tokenctl",
	};
	struct init in;
	int r = init_prepare(o, &in);

	if (r != TOOL_OK)
		return r;
	if (mkdir(o->dir, 0700) != 0 && errno != EEXIST) {
		tool_error("%s: cannot be made: %s", o->dir, strerror(errno));
		return TOOL_FAILED;
	}
	for (unsigned i = 0; r == TOOL_OK && i < ARRAY_LEN(in.paths); i++)
		r = refuse_existing_pair(&in.paths[i]);
	if (r == TOOL_OK)
		r = init_issue(&in);
	for (unsigned i = 0; r == TOOL_OK && i < ARRAY_LEN(in.paths); i++)
		(void)printf("%s, %s: %s%s\n", in.paths[i].cert, in.paths[i].key,
			about[i], i == 1 ? in.alt_names : "");
	return r;
}

/* --- pki host ---------------------------------------------------------------- */

static int
name_check(const char *name)
{
	if (!cert_name_ok(name)) {
		tool_error(
			"'%s' is no name for a host: use up to %u letters, digits, dots, "
			"dashes and underscores",
			name, CERT_MAX_NAME);
		return TOOL_USAGE;
	}
	for (unsigned i = 0; i < ARRAY_LEN(reserved); i++)
		if (strcmp(name, reserved[i]) == 0) {
			tool_error("a host cannot have the name '%s': it is the %s's",
				name, i == 2 ? "administrator" : reserved[i]);
			return TOOL_USAGE;
		}
	return TOOL_OK;
}

int
pki_host(const struct options *o, char *const *args)
{
	CLEANUP(cert_free)
	struct cert ca = CERT_NONE;
	CLEANUP(cert_free)
	struct cert host = CERT_NONE;
	struct cert_request request = { CERT_CLIENT, args[0], NULL, 0 };
	struct pki_paths ca_paths, paths;
	char end[32];
	int r = options_check(o, &request.days);

	if (r == TOOL_OK)
		r = name_check(args[0]);
	if (r == TOOL_OK)
		r = paths_make(o->dir, "ca", &ca_paths);
	if (r == TOOL_OK)
		r = paths_make(o->dir, args[0], &paths);
	if (r == TOOL_OK)
		r = refuse_existing_pair(&paths);
	if (r != TOOL_OK)
		return r;
	if (cert_read(ca_paths.cert, ca_paths.key, &ca) < 0) {
		tool_note("A CA is made by: tokenctl pki init --dir DIR");
		return TOOL_FAILED;
	}
	if (cert_days_left(ca.x509) < 0) {
		tool_error("%s has expired: make a new CA with tokenctl pki init",
			ca_paths.cert);
		return TOOL_FAILED;
	}
	r = issue(&paths, &request, &ca, &host);
	if (r != TOOL_OK)
		return r;
	cert_end_text(host.x509, end, sizeof end);
	(void)printf("%s, %s: of host %s, valid until %s\n", paths.cert, paths.key,
		args[0], end);
	return TOOL_OK;
}
