/* SPDX-License-Identifier: Apache-2.0 */
/* Which of the kernel's algorithms can be had here, and what stands on them. */
#include <errno.h>
#include <stdio.h>

#include "common/cleanup.h"
#include "tools/check.h"

#define AEAD_IV 12      /* bytes: the only length that gcm(aes) takes, and good for CCM */
#define GCM_OTHER_IV 16 /* any other will do */

const struct column check_algorithm_columns[] = {
	{ "ALGORITHM", "algorithm", COLUMN_TEXT },
	{ NULL, "kind", COLUMN_TEXT },
	{ NULL, "available", COLUMN_BOOL },
	{ "AVAILABLE", "why", COLUMN_TEXT },
	{ "BY SERIAL", "by_serial", COLUMN_TEXT },
	{ "CUSTODY", "custody", COLUMN_TEXT },
	{ "MECHANISMS", "mechanisms", COLUMN_TEXT },
};
const unsigned check_algorithm_columns_count = ARRAY_LEN(check_algorithm_columns);

/* --- Words --------------------------------------------------------------------------- */

static bool
is_refusal(int error)
{
	return error == EPERM || error == EACCES;
}

static const char *
bind_failed(const struct check_kernel *c, const struct kcapi_report *r)
{
	if (is_refusal(r->error))
		return "refused";
	if (r->error != ENOENT)
		return "fails";
	/* the kernel's restriction has the same error as an algorithm that is not there */
	if (c->restricted > 0 || check_kernel_has(c, r->algorithm))
		return "refused";
	return "not in this kernel";
}

static bool
failed_at(const struct kcapi_report *r, const char *step)
{
	return !r->available && r->step != NULL && strcmp(r->step, step) == 0;
}

const char *
check_available(const struct check_kernel *c, const struct kcapi_report *r)
{
	if (r->available)
		return r->known_answer ? "yes" : "wrong answers";
	if (failed_at(r, "socket"))
		return is_refusal(r->error) || c->restricted > 1 ? "refused"
								 : "no AF_ALG";
	if (failed_at(r, "bind"))
		return bind_failed(c, r);
	return failed_at(r, "answer") && r->error == 0 ? "wrong answers" : "fails";
}

const char *
check_missing(const struct check_kernel *c)
{
	for (size_t i = 0; i < c->n; i++)
		if (!failed_at(&c->rows[i], "socket"))
			return NULL;
	if (c->restricted > 1)
		return "AF_ALG is switched off (crypto.af_alg_restrict = 2)";
	if (c->n != 0 && is_refusal(c->rows[0].error))
		return "AF_ALG is refused, by a sandbox (a container's seccomp "
		       "filter, RestrictAddressFamilies=) or a security module";
	if (c->filtered)
		return "AF_ALG is missing: this kernel lacks it, or the sandbox that "
		       "this runs in hides it";
	return "AF_ALG is missing in this kernel";
}

const char *
check_no_serial(const struct check_kernel *c)
{
	int error = 0;

	for (size_t i = 0; i < c->n; i++) {
		if (c->rows[i].by_serial)
			return NULL;
		if (c->rows[i].available && c->rows[i].known_answer && error == 0)
			error = c->rows[i].error;
	}
	if (error == EDQUOT)
		return "this user's key quota is used up";
	if (error == EPERM || error == EACCES || error == ENOSYS)
		return "programs here get no key of the kernel's keyring";
	return "this kernel takes no key by its serial, Linux 6.2 is the first that does";
}

static const char *const cipher_names[] = {
	[CIPHER_AES] = "aes",
	[CIPHER_DES3] = "des3_ede",
};

static const char *const digest_names[DIGEST_COUNT] = {
	[DIGEST_SHA1] = "sha1",
	[DIGEST_SHA224] = "sha224",
	[DIGEST_SHA256] = "sha256",
	[DIGEST_SHA384] = "sha384",
	[DIGEST_SHA512] = "sha512",
	[DIGEST_SHA3_224] = "sha3-224",
	[DIGEST_SHA3_256] = "sha3-256",
	[DIGEST_SHA3_384] = "sha3-384",
	[DIGEST_SHA3_512] = "sha3-512",
};

/* The algorithm that is the mechanism, or else what it is best made of. */
static const struct {
	enum algorithm algorithm;
	const char *before, *after;
} shapes[] = {
	{ ALG_ECB, "ecb(", ")" },
	{ ALG_KW, "ecb(", ")" },
	{ ALG_KWP, "ecb(", ")" },
	{ ALG_KW_PKCS7, "ecb(", ")" },
	{ ALG_CFB8, "ecb(", ")" },
	{ ALG_CFB64, "ecb(", ")" },
	{ ALG_CBC, "cbc(", ")" },
	{ ALG_CBC_PAD, "cbc(", ")" },
	{ ALG_CTS, "cbc(", ")" },
	{ ALG_OFB, "cbc(", ")" },
	{ ALG_CFB128, "cbc(", ")" },
	{ ALG_CTR, "ctr(", ")" },
	{ ALG_XTS, "xts(", ")" },
	{ ALG_GCM, "gcm(", ")" },
	{ ALG_GMAC, "gcm(", ")" },
	{ ALG_CCM, "ccm(", ")" },
	{ ALG_CMAC, "cmac(", ")" },
	{ ALG_DIGEST, "", "" },
	{ ALG_HMAC, "hmac(", ")" },
};

static int
shape_of(const struct mech *m)
{
	for (size_t i = 0; i < ARRAY_LEN(shapes); i++)
		if (shapes[i].algorithm == m->algorithm)
			return (int)i;
	return -1;
}

void
check_kernel_name(const struct mech *m, char *out, size_t cap)
{
	int s = shape_of(m);
	const char *inner =
		m->cipher != CIPHER_NONE && (size_t)m->cipher < ARRAY_LEN(cipher_names)
			? cipher_names[m->cipher]
			: digest_names[m->digest];

	out[0] = '\0';
	if (s >= 0 && inner != NULL)
		(void)snprintf(
			out, cap, "%s%s%s", shapes[s].before, inner, shapes[s].after);
}

bool
check_is_general(const struct mech *m)
{
	return m->param == PARAM_LENGTH;
}

/* --- Rows ---------------------------------------------------------------------------- */

/* The algorithms that the mechanism takes with this IV, "ctr(aes) and ecb(aes)"; the
 * first of them into first. false: not served. */
static bool
parts_of(const struct check_kernel *c, const struct mech *m, uint16_t iv, char *out,
	size_t cap, char *first, size_t first_cap)
{
	struct mech_params p = { .iv_len = iv, .counter_bits = 128, .tag_bits = 128 };
	const struct mech *plain[2] = { 0 };
	char second[32];
	unsigned n = kcapi_needs(c->k, m, &p, plain);

	/* needs are answered for sockets that others pass, too */
	if (n == 0 || !kcapi_serves(c->k, m, KCAPI_BYTES))
		return false;
	check_kernel_name(plain[0], first, first_cap);
	(void)snprintf(out, cap, "%s", first);
	if (n == 2) {
		check_kernel_name(plain[1], second, sizeof second);
		(void)snprintf(out, cap, "%s and %s", first, second);
	}
	return true;
}

/* The row under which a mechanism is shown, and what else is to be said about it. */
struct place {
	char row[32];
	char note[96];
};

static bool
is_reported(const struct check_kernel *c, const char *algorithm)
{
	for (size_t i = 0; i < c->n; i++)
		if (strcmp(c->rows[i].algorithm, algorithm) == 0)
			return true;
	return false;
}

static void
place_of(const struct check_kernel *c, const struct mech *m, struct place *ret)
{
	bool gcm = m->algorithm == ALG_GCM;
	uint16_t iv = m->iv_bytes != 0 ? m->iv_bytes : AEAD_IV;
	char parts[72], other[72], first[32], unused[32];

	*ret = (struct place){ 0 };
	check_kernel_name(m, ret->row, sizeof ret->row);
	if (!is_reported(c, ret->row))
		ret->row[0] = '\0';
	if (!parts_of(c, m, iv, parts, sizeof parts, first, sizeof first))
		return;
	if (ret->row[0] == '\0')
		(void)snprintf(ret->row, sizeof ret->row, "%s", first);
	if (strcmp(parts, ret->row) != 0)
		(void)snprintf(ret->note, sizeof ret->note, " (from %s)", parts);
	else if (gcm &&
		 parts_of(c, m, GCM_OTHER_IV, other, sizeof other, unused,
			 sizeof unused) &&
		 strcmp(other, parts) != 0)
		(void)snprintf(ret->note, sizeof ret->note, " (other IVs: %s)", other);
}

/* Secret keys and digests: what a kernel could serve. */
static bool
is_shown(const struct mech *m)
{
	return shape_of(m) >= 0 && !m->legacy && !check_is_general(m);
}

/* How many mechanisms of a row are served by serial, of how many. */
struct served {
	unsigned yes, of;
	bool keyed;
};

static struct served
row_mechanisms(const struct check_kernel *c, const char *algorithm, struct buf *names)
{
	struct served s = { 0 };

	for (size_t i = 0; i < mechs_count; i++) {
		struct place place;

		if (!is_shown(&mechs[i]))
			continue;
		place_of(c, &mechs[i], &place);
		if (strcmp(place.row, algorithm) != 0)
			continue;
		buf_printf(names, "%s%s%s", s.of != 0 ? ", " : "", mechs[i].name,
			place.note);
		s.of++;
		s.yes += kcapi_serves(c->k, &mechs[i], KCAPI_SERIAL);
		s.keyed |= mechs[i].algorithm != ALG_DIGEST;
	}
	buf_put_u8(names, 0);
	return s;
}

const char *const check_custody_names[] = {
	[WIRE_CUSTODY_KERNEL] = "kernel",
	[WIRE_CUSTODY_BROKER] = "broker",
	[WIRE_CUSTODY_PROCESS] = "process",
};

enum wire_custody
check_custody(const struct check_policy *policy, bool served)
{
	if (policy->custody == WIRE_CUSTODY_KERNEL && !(served && policy->keyring))
		return WIRE_CUSTODY_BROKER;
	return policy->custody;
}

static const char *
row_custody(const struct served *s, const struct check_policy *policy)
{
	return s->keyed ? check_custody_names[check_custody(policy, s->yes == s->of)]
			: "-";
}

void
check_without_algorithm(const struct check_kernel *c, struct buf *ret)
{
	for (size_t i = 0; i < mechs_count; i++) {
		struct place place;

		if (!is_shown(&mechs[i]))
			continue;
		place_of(c, &mechs[i], &place);
		if (place.row[0] == '\0')
			buf_printf(ret, "%s%s", ret->n != 0 ? ", " : "", mechs[i].name);
	}
	buf_put_u8(ret, 0);
}

/* What has no parentheses is a digest, without a key. */
static const char *
serial_word(const struct kcapi_report *r)
{
	if (!r->available || strchr(r->algorithm, '(') == NULL)
		return "-";
	return r->by_serial ? "yes" : "no";
}

static void
row_put(const struct check_kernel *c, const struct kcapi_report *r,
	const struct check_policy *policy, struct table *t)
{
	CLEANUP(buf_free)
	struct buf names = BUF_INIT;
	struct served s = row_mechanisms(c, r->algorithm, &names);

	table_cell(t, "%s", r->algorithm);
	table_cell(t, "%s", r->kind);
	table_cell(t, "%s", r->available && r->known_answer ? "yes" : "no");
	table_cell(t, "%s", check_available(c, r));
	table_cell(t, "%s", serial_word(r));
	table_cell(t, "%s", row_custody(&s, policy));
	table_cell(t, "%s", s.of != 0 && buf_ok(&names) ? (const char *)names.p : "-");
}

void
check_algorithms(
	const struct check_kernel *c, const struct check_policy *policy, struct table *t)
{
	for (size_t i = 0; i < c->n; i++)
		row_put(c, &c->rows[i], policy, t);
}
