/* SPDX-License-Identifier: Apache-2.0 */
/* What this kernel serves, found out by doing it. */
#include <errno.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "kcapi_backend/cache.h"
#include "kcapi_backend/keyring.h"

#define ANSWER_MAX (ALG_TEST_DATA + 64u)

/* One message through a fresh operation socket; ret has room for n. */
static int
probe_run(int tfm, const struct alg *a, bool encrypt, struct bytes in, uint8_t *ret,
	size_t n)
{
	CLEANUP(cleanup_close)
	int fd = -1;
	struct control c;
	struct iovec from = { (void *)(uintptr_t)in.p, in.n }, to = { ret, n };
	ssize_t done;
	int r = sock_accept(tfm, &fd);

	if (r != 0)
		return r;
	control_init(&c, a, encrypt);
	if (a->iv != 0)
		memcpy(c.iv, alg_test_iv(a), a->iv);
	if (a->type == ALG_TYPE_AEAD)
		control_set_assoc(&c, ALG_TEST_DATA / 2);
	done = sock_send(fd, &c, &from, 1, 0);
	if (done >= 0)
		done = sock_receive(fd, &to, 1);
	if (done < 0)
		return (int)done;
	return (size_t)done == n ? 0 : -EKEYREJECTED;
}

/* -EKEYREJECTED: it computes something else. */
static int
probe_answer(int tfm, const struct alg *a)
{
	const size_t n = a->type == ALG_TYPE_HASH ? a->tag : ALG_TEST_DATA + a->tag;
	const size_t known = n < ALG_ANSWER ? n : ALG_ANSWER;
	uint8_t out[ANSWER_MAX], back[ANSWER_MAX];
	int r = probe_run(tfm, a, true, BYTES_OF(alg_test_data), out, n);

	if (r == 0 && memcmp(out + n - known, a->answer, known) != 0)
		r = -EKEYREJECTED;
	if (r != 0 || a->type == ALG_TYPE_HASH)
		return r;
	r = probe_run(tfm, a, false, BYTES(out, n), back, ALG_TEST_DATA);
	if (r == 0 && memcmp(back, alg_test_data, ALG_TEST_DATA) != 0)
		r = -EKEYREJECTED;
	return r;
}

static int
probe_with(const struct alg *a, const struct sock_key *key, const char **step)
{
	CLEANUP(cleanup_close)
	int tfm = -1;
	int r = sock_transform(a, key, tfm_whole_tag(a), &tfm, step);

	if (r != 0)
		return r;
	*step = "answer";
	return probe_answer(tfm, a);
}

static int
probe_bytes(const struct alg *a, const char **step)
{
	const struct sock_key key = {
		.how = a->key == 0 ? SOCK_UNKEYED : SOCK_BYTES,
		.value = BYTES(alg_test_key, a->key),
	};

	return probe_with(a, &key, step);
}

/* -EDQUOT and the like: nothing is known. */
static int
probe_serial(const struct alg *a, const char **step)
{
	struct keyring_key key;
	struct sock_key how = { .how = SOCK_SERIAL };
	int r;

	*step = "key";
	r = keyring_key_new(KEYRING_LOGON, BYTES(alg_test_key, a->key), 0, &key);
	if (r != 0)
		return r;
	how.serial = key.serial;
	r = probe_with(a, &how, step);
	keyring_key_free(&key);
	return r;
}

/* A shortage says nothing about the kernel. */
static bool
is_verdict(int r)
{
	return r != -EMFILE && r != -ENFILE && r != -ENOMEM && r != -ENOBUFS &&
	       r != -EDQUOT;
}

static unsigned
probe(struct kcapi *k, const struct alg *a, bool serial)
{
	const unsigned done = serial ? PROBE_SERIAL_DONE : PROBE_DONE;
	const unsigned works = serial ? PROBE_SERIAL_WORKS : PROBE_WORKS;
	atomic_uint *known = &k->probed[a - algs];
	unsigned bits = atomic_load_explicit(known, memory_order_acquire);
	const char *step;
	int r;

	if ((bits & done) != 0)
		return bits;
	r = serial ? probe_serial(a, &step) : probe_bytes(a, &step);
	if (r == -EAFNOSUPPORT)
		bits |= PROBE_NO_SOCKET;
	if (r == 0)
		bits |= works;
	if (is_verdict(r))
		bits |= done;
	return atomic_fetch_or(known, bits) | bits;
}

bool
alg_serves(struct kcapi *k, const struct alg *a, enum kcapi_keying how)
{
	unsigned bits = probe(k, a, false);

	/* Whoever passes a transform has bound it; that this process may not bind one says
	 * nothing, but where there is no AF_ALG at all nobody has. */
	if (how == KCAPI_PASSED)
		return (bits & PROBE_NO_SOCKET) == 0;
	if ((bits & PROBE_WORKS) == 0)
		return false;
	if (how == KCAPI_BYTES)
		return true;
	return a->key != 0 && (probe(k, a, true) & PROBE_SERIAL_WORKS) != 0;
}

static void
report_one(struct kcapi *k, const struct alg *a, struct kcapi_report *ret)
{
	const char *step = "";
	int r = probe_bytes(a, &step);

	*ret = (struct kcapi_report){
		.algorithm = a->name,
		.kind = alg_type_names[a->type],
		.available = r == 0 || r == -EKEYREJECTED,
		.known_answer = r == 0,
		.error = r == -EKEYREJECTED ? 0 : -r,
		.step = step,
	};
	if (r == 0 && a->key != 0) {
		r = probe_serial(a, &step);
		ret->by_serial = r == 0;
		ret->error = -r;
	}
	ret->step = r == 0 ? "" : step;
}

size_t
kcapi_report(struct kcapi *k, struct kcapi_report *ret, size_t max)
{
	for (size_t i = 0; i < algs_count && i < max; i++)
		report_one(k, &algs[i], &ret[i]);
	return algs_count;
}
