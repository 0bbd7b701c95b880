/* SPDX-License-Identifier: Apache-2.0 */
/* What a host's algorithms mean for keys: a key stays in the kernel if that serves all
 * that the key permits. */
#include "cryptoki/schema.h"

#include "common/cleanup.h"
#include "tools/check.h"

const struct column check_key_columns[] = {
	{ "SENSITIVE SESSION KEY", "key", COLUMN_TEXT },
	{ "CUSTODY", "custody", COLUMN_TEXT },
	{ "NOT SERVED BY THE KERNEL", "not_served", COLUMN_TEXT },
};
const unsigned check_key_columns_count = ARRAY_LEN(check_key_columns);

struct kind {
	const char *name;
	CK_KEY_TYPE key_type;
	uint32_t usage[2]; /* CKA_*, both of a key of this kind */
	CK_FLAGS flags;    /* of mechanisms that these permit */
};

#define TO_ENCRYPT { CKA_ENCRYPT, CKA_DECRYPT }, CKF_ENCRYPT | CKF_DECRYPT
#define TO_SIGN { CKA_SIGN, CKA_VERIFY }, CKF_SIGN | CKF_VERIFY

#define BY_HASH CK_UNAVAILABLE_INFORMATION /* a key type for each hash: CKK_SHA256_HMAC */

/* Kinds that no mechanism is for are left out. */
static const struct kind kinds[] = {
	{ "AES for encryption", CKK_AES, TO_ENCRYPT },
	{ "AES for MACs", CKK_AES, TO_SIGN },
	{ "AES-XTS", CKK_AES_XTS, TO_ENCRYPT },
	{ "Triple DES for encryption", CKK_DES3, TO_ENCRYPT },
	{ "Triple DES for MACs", CKK_DES3, TO_SIGN },
	{ "ChaCha20", CKK_CHACHA20, TO_ENCRYPT },
	{ "generic secret for HMAC", CKK_GENERIC_SECRET, TO_SIGN },
	{ "HMAC of one hash", BY_HASH, TO_SIGN },
};

/* How many mechanisms a key permits, and how many of them the kernel does not serve. */
struct needs {
	unsigned of, missing;
};

static void
name_add(struct buf *list, const char *name)
{
	buf_printf(list, "%s%s", list->n != 0 ? ", " : "", name);
}

static void
type_needs(const struct check_kernel *c, const struct kind *kind, CK_KEY_TYPE key_type,
	struct needs *n, struct buf *missing)
{
	CLEANUP(attrs_free)
	struct attrs key = ATTRS_INIT;

	attrs_set_ulong(&key, CKA_KEY_TYPE, key_type);
	attrs_set_bool(&key, kind->usage[0], true);
	attrs_set_bool(&key, kind->usage[1], true);
	for (size_t i = 0; i < mechs_count && attrs_ok(&key); i++) {
		const struct mech *m = &mechs[i];

		if ((m->flags & kind->flags) == 0 ||
			object_check_usage(attrs_bytes(&key), kind->usage[0], m->type) !=
				CKR_OK)
			continue;
		n->of++;
		if (kcapi_serves(c->k, m, KCAPI_SERIAL))
			continue;
		n->missing++;
		if (!check_is_general(m))
			name_add(missing, m->name);
	}
}

static struct needs
kind_needs(const struct check_kernel *c, const struct kind *kind, struct buf *missing)
{
	struct needs n = { 0 };

	if (kind->key_type != BY_HASH)
		type_needs(c, kind, kind->key_type, &n, missing);
	else
		for (enum digest d = DIGEST_NONE + 1; d < DIGEST_COUNT; d++)
			type_needs(c, kind, digests[d].hmac_key, &n, missing);
	buf_put_u8(missing, 0);
	return n;
}

struct found {
	struct buf kernel, elsewhere; /* names of kinds */
};

static void
found_free(struct found *f)
{
	buf_free(&f->kernel);
	buf_free(&f->elsewhere);
}

static void
kind_put(const struct check_kernel *c, const struct kind *kind,
	const struct check_policy *policy, struct table *t, struct found *f)
{
	CLEANUP(buf_free)
	struct buf missing = BUF_INIT;
	struct needs n = kind_needs(c, kind, &missing);
	bool some = n.missing != 0 && n.missing != n.of && buf_ok(&missing);
	/* keys of some hashes are here, those of others there */
	bool mixed = some && kind->key_type == BY_HASH &&
		     check_custody(policy, true) == WIRE_CUSTODY_KERNEL;
	enum wire_custody custody = check_custody(policy, n.missing == 0 || mixed);

	if (n.of == 0)
		return;
	name_add(custody == WIRE_CUSTODY_KERNEL ? &f->kernel : &f->elsewhere, kind->name);
	if (mixed)
		buf_printf(&f->kernel, " (not %s)", (const char *)missing.p);
	table_cell(t, "%s", kind->name);
	table_cell(t, "%s", mixed ? "by hash" : check_custody_names[custody]);
	table_cell(t, "%s",
		n.missing == 0 ? "-"
		: some         ? (const char *)missing.p
			       : "any of its mechanisms");
}

/* --- In words ------------------------------------------------------------------------ */

static const char *
why_none(const struct check_kernel *c, const struct check_policy *policy)
{
	const char *missing = check_missing(c);

	if (!policy->keyring)
		return "programs here get no keyring of the kernel's";
	if (missing != NULL)
		return missing;
	missing = check_no_serial(c);
	return missing != NULL ? missing : "the kernel serves no kind of key in full";
}

static void
meaning_kernel(const struct check_kernel *c, const struct check_policy *policy,
	const struct found *f, struct buf *to)
{
	if (f->kernel.n == 0) {
		buf_printf(to,
			"Sensitive session keys are with keyringd, which executes their "
			"operations, because %s.",
			why_none(c, policy));
		return;
	}
	buf_printf(to,
		"Sensitive session keys of these kinds stay in this kernel, where nobody "
		"can read them: %.*s.",
		(int)f->kernel.n, (const char *)f->kernel.p);
	if (f->elsewhere.n != 0)
		buf_printf(to,
			" Of these they are with keyringd, because the kernel does not "
			"serve all that they permit: %.*s; with "
			"CKA_ALLOWED_MECHANISMS of what it serves, they stay in the "
			"kernel too.",
			(int)f->elsewhere.n, (const char *)f->elsewhere.p);
	buf_printf(to,
		" Those that are extractable, or may wrap, unwrap or derive others, are "
		"with keyringd.");
}

static void
meaning(const struct check_kernel *c, const struct check_policy *policy,
	const struct found *f, struct buf *to)
{
	if (policy->custody == WIRE_CUSTODY_PROCESS)
		buf_printf(to, "Sensitive session keys are in the application's keyring, "
			       "where it "
			       "can read them, because keyringd is configured so ([keys] "
			       "sensitive-session = process).");
	else if (policy->custody == WIRE_CUSTODY_BROKER)
		buf_printf(to,
			"Sensitive session keys are with keyringd, which executes their "
			"operations, because it is configured so ([keys] "
			"sensitive-session = broker).");
	else
		meaning_kernel(c, policy, f, to);
	if (!policy->asked)
		buf_printf(
			to, " keyringd did not answer: it may be configured otherwise.");
}

void
check_keys(const struct check_kernel *c, const struct check_policy *policy,
	struct table *t, struct buf *ret_meaning)
{
	CLEANUP(found_free)
	struct found f = { BUF_INIT, BUF_INIT };

	for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
		kind_put(c, &kinds[i], policy, t, &f);
	meaning(c, policy, &f, ret_meaning);
	buf_put_u8(ret_meaning, 0);
}
