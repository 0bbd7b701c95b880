/* SPDX-License-Identifier: Apache-2.0 */
#include "keyringd/passes.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "cryptoki/schema.h"
#include "keyringd/account.h"
#include "keyringd/op_key.h"

/* ---- the rule */

/* What is not here is not passed: built constructions, padding, truncation. */
static const struct pass_rule {
	enum algorithm algorithm;
	uint32_t needs[2];
} pass_rules[] = {
	{ ALG_ECB, { CKA_ENCRYPT, CKA_DECRYPT } },
	{ ALG_CBC, { CKA_ENCRYPT, CKA_DECRYPT } },
	{ ALG_CTR, { CKA_ENCRYPT, CKA_DECRYPT } },
	{ ALG_CTS, { CKA_ENCRYPT, CKA_DECRYPT } },
	{ ALG_XTS, { CKA_ENCRYPT, CKA_DECRYPT } },
	{ ALG_GCM, { CKA_ENCRYPT, CKA_DECRYPT } },
	{ ALG_CCM, { CKA_ENCRYPT, CKA_DECRYPT } },
	{ ALG_CMAC, { CKA_SIGN, CKA_VERIFY } },
	{ ALG_HMAC, { CKA_SIGN, CKA_VERIFY } },
};

static const uint32_t pass_refusals[] = { CKA_WRAP, CKA_UNWRAP, CKA_DERIVE };

static const struct pass_rule *
rule_for(const struct mech *m)
{
	if (m->param == PARAM_LENGTH) /* a socket gives the whole MAC */
		return NULL;
	for (size_t i = 0; i < ARRAY_LEN(pass_rules); i++) {
		if (pass_rules[i].algorithm == m->algorithm)
			return &pass_rules[i];
	}
	return NULL;
}

bool
pass_permitted(struct bytes attributes, const struct mech *m)
{
	const struct pass_rule *rule = rule_for(m);

	if (rule == NULL || attrs_ulong(attributes, CKA_CLASS,
				    CK_UNAVAILABLE_INFORMATION) != CKO_SECRET_KEY)
		return false;
	for (size_t i = 0; i < ARRAY_LEN(pass_refusals); i++) {
		if (attrs_bool(attributes, pass_refusals[i], true))
			return false;
	}
	for (size_t i = 0; i < ARRAY_LEN(rule->needs); i++) {
		if (object_check_usage(attributes, rule->needs[i], m->type) != CKR_OK)
			return false;
	}
	return true;
}

/* ---- the record */

static bool
key_matches(const struct hash_node *node, struct bytes key)
{
	const struct pass *p = HASH_OBJECT(node, struct pass, by_key);

	return memcmp(&p->key, key.p, sizeof p->key) == 0;
}

static void
pass_free(struct pass *p)
{
	struct client *cl = p->client;

	TAILQ_REMOVE(&cl->passes, p, link);
	hash_remove(&cl->d->passes, &p->by_key);
	cl->n_passes--;
	cl->account->passes--;
	(void)close(p->held);
	free(p);
}

bool
passes_have_room(const struct client *cl)
{
	return hash_count(&cl->d->passes) < cl->d->passes_max &&
	       account_may_pass(cl->account, &cl->d->config);
}

static struct pass *
pass_find(const struct client *cl, const struct wire_id *key, const struct mech *m)
{
	struct pass *p;

	TAILQ_FOREACH (p, &cl->passes, link) {
		if (p->mech == m && memcmp(&p->key, key, sizeof *key) == 0)
			break;
	}
	return p;
}

int
pass_keep(struct client *cl, const struct token *t, const struct op_key *k,
	const struct mech *m, int held)
{
	struct pass *p = pass_find(cl, &k->id, m);

	if (p != NULL)
		pass_free(p);
	p = malloc(sizeof *p);
	if (p == NULL) {
		(void)close(held);
		return -ENOMEM;
	}
	if (cl->n_passes >= cl->d->config.client_sockets)
		pass_free(TAILQ_FIRST(&cl->passes));
	*p = (struct pass){ .client = cl,
		.token = t,
		.mech = m,
		.key = k->id,
		.private = k->private,
		.held = held };
	TAILQ_INSERT_TAIL(&cl->passes, p, link);
	hash_insert(&cl->d->passes, BYTES_OF(p->key.b), &p->by_key);
	cl->n_passes++;
	cl->account->passes++;
	return 0;
}

void
pass_forget(struct client *cl, const struct wire_id *key, const struct mech *m)
{
	struct pass *p = pass_find(cl, key, m);

	if (p != NULL)
		pass_free(p);
}

bool
passes_any(const struct client *cl, const struct token *t)
{
	const struct pass *p;

	TAILQ_FOREACH (p, &cl->passes, link) {
		if (p->token == t)
			break;
	}
	return p != NULL;
}

/* ---- endings */

/* A key has few mechanisms, but all clients may have it: each step starts anew, as the
 * table must not change under hash_find_next(). */
static struct pass *
first_refused(struct daemon *d, const struct wire_id *key, struct bytes attributes)
{
	struct bytes id = BYTES_OF(key->b);
	struct hash_node *node;

	for (node = hash_find(&d->passes, id, key_matches); node != NULL;
		node = hash_find_next(node, id, key_matches)) {
		struct pass *p = HASH_OBJECT(node, struct pass, by_key);

		if (attributes.n == 0 || !pass_permitted(attributes, p->mech))
			return p;
	}
	return NULL;
}

void
passes_key_changed(struct daemon *d, const struct wire_id *key, struct bytes attributes)
{
	struct pass *p;

	if (hash_count(&d->passes) == 0)
		return;
	while ((p = first_refused(d, key, attributes)) != NULL)
		pass_free(p);
}

void
passes_key_gone(struct daemon *d, const struct wire_id *key)
{
	passes_key_changed(d, key, BYTES_NONE);
}

void
passes_end_private(struct client *cl, const struct token *t)
{
	struct pass *p, *next;

	for (p = TAILQ_FIRST(&cl->passes); p != NULL; p = next) {
		next = TAILQ_NEXT(p, link);
		if (p->private && p->token == t)
			pass_free(p);
	}
}

struct ending {
	const struct token *t;
};

static bool
end_of_token(struct hash_node *node, void *arg)
{
	struct pass *p = HASH_OBJECT(node, struct pass, by_key);
	const struct ending *e = arg;

	if (p->token == e->t)
		pass_free(p);
	return true;
}

void
passes_end_token(struct daemon *d, const struct token *t)
{
	struct ending e = { t };

	if (hash_count(&d->passes) != 0)
		hash_each(&d->passes, end_of_token, &e);
}

void
passes_end_client(struct client *cl)
{
	struct pass *p;

	while ((p = TAILQ_FIRST(&cl->passes)) != NULL)
		pass_free(p);
}
