/* SPDX-License-Identifier: Apache-2.0 */
#include "remote/server/generation.h"

#include <pthread.h>
#include <sys/resource.h>

#include "crypto/crypto.h"

#define NICE 10 /* a tenth of what others get */

struct generation {
	struct call *call;
	const struct mech *mech;
	struct object *pub, *priv;
	CK_RV rv;
};

static bool
caller_is_gone(const void *rpc)
{
	return rpc_is_over(rpc);
}

static void
generate(struct generation *g)
{
	const struct pkey_stop stop = { caller_is_gone, g->call->rpc };

	g->rv = pkey_generate(g->mech, &stop, &g->pub->pub, &g->priv->pub, &g->priv->sec);
}

static void *
generate_aside(void *arg)
{
	/* of this thread, and for good: a thread may not raise it again */
	(void)setpriority(PRIO_PROCESS, 0, NICE);
	generate(arg);
	return NULL;
}

static void
run_aside(struct generation *g)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, generate_aside, g) != 0)
		generate(g);
	else
		(void)pthread_join(thread, NULL);
}

int
pair_generate(
	struct call *c, const struct mech *m, struct object *pub, struct object *priv)
{
	struct generation g = { c, m, pub, priv, CKR_OK };
	unsigned place;
	int r;

	if (!pkey_generation_is_long(m, attrs_bytes(&pub->pub))) {
		generate(&g);
	} else {
		r = call_turn(c, &c->ks->makes,
			"too many key pairs being made; try again", &place);
		if (r != 0)
			return r;
		run_aside(&g);
		gate_leave(&c->ks->makes, place);
	}
	return g.rv == CKR_OK ? 0 : call_failed(c, g.rv, "making the key pair");
}
