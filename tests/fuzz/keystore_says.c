/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/fuzz/keystore_says.h"

#include <sys/queue.h>

#include "remote/client/client.h"
#include "remote/rpc/frame.h"
#include "tests/fuzz/message.h"

struct waiting {
	LIST_ENTRY(waiting) link;
	enum remote_method method;
	rpc_done_fn *done;
	void *arg;
};

static LIST_HEAD(, waiting) calls = LIST_HEAD_INITIALIZER(calls);
static bool answers;

/* --- In keyringd's way ----------------------------------------------------------------- */

int __real_remote_call(struct rpc_channel *channel, enum remote_method method,
	const ProtobufCMessage *request, unsigned deadline_ms, rpc_done_fn *done,
	void *arg, struct rpc_call **ret) MUST_CHECK;
int __wrap_remote_call(struct rpc_channel *channel, enum remote_method method,
	const ProtobufCMessage *request, unsigned deadline_ms, rpc_done_fn *done,
	void *arg, struct rpc_call **ret) MUST_CHECK;
void __real_rpc_cancel(struct rpc_call *call);
void __wrap_rpc_cancel(struct rpc_call *call);

int
__wrap_remote_call(struct rpc_channel *channel, enum remote_method method,
	const ProtobufCMessage *request, unsigned deadline_ms, rpc_done_fn *done,
	void *arg, struct rpc_call **ret)
{
	struct waiting *w;

	if (!answers)
		return __real_remote_call(
			channel, method, request, deadline_ms, done, arg, ret);
	w = malloc(sizeof *w);
	FUZZ_CHECK(w != NULL);
	*w = (struct waiting){ .method = method, .done = done, .arg = arg };
	LIST_INSERT_HEAD(&calls, w, link);
	if (ret != NULL)
		*ret = (struct rpc_call *)w;
	return 0;
}

void
__wrap_rpc_cancel(struct rpc_call *call)
{
	struct waiting *w;

	LIST_FOREACH (w, &calls, link) {
		if (w != (void *)call)
			continue;
		LIST_REMOVE(w, link);
		free(w);
		return;
	}
	__real_rpc_cancel(call);
}

/* --- Answers ------------------------------------------------------------------------------ */

static struct bytes
known_bytes(struct cursor *c, const char *name)
{
	static uint8_t id[16], ticket[REMOTE_TICKET] = { 1 };
	const unsigned how = fuzz_u8(c);

	if (how >= 240)
		return fuzz_bytes(c, 512);
	if (strstr(name, "ticket") != NULL)
		return BYTES_OF(ticket);
	if (strcmp(name, "id") != 0)
		return fuzz_bytes(c, 512);
	/* objects that are there, the token, another one */
	id[0] = (uint8_t)(how < 96 ? 1 + how % 3 : how < 128 ? 7 : how);
	return BYTES_OF(id);
}

static uint64_t
number(struct cursor *c, const char *name)
{
	const unsigned how = fuzz_u8(c);

	if (strcmp(name, "epoch") == 0)
		return how < 192 ? 1 : how;
	return how < 240 ? how : fuzz_u64(c);
}

static void
object_begin(struct cursor *c, struct attrs *to)
{
	static const CK_KEY_TYPE types[] = { CKK_AES, CKK_GENERIC_SECRET, CKK_EC, CKK_RSA,
		CKK_ML_DSA, CKK_ML_KEM };
	static const uint8_t value[32] = { 1 };
	const unsigned how = fuzz_u8(c);

	if (how >= 240) /* of a key that is there */
		attrs_set(to, CKA_VALUE, BYTES(value, 16));
	if (how >= 224)
		return;
	attrs_set_ulong(to, CKA_CLASS, how % 5);
	attrs_set_ulong(to, CKA_KEY_TYPE, types[how % ARRAY_LEN(types)]);
	attrs_set_bool(to, CKA_TOKEN, how % 2 != 0);
	attrs_set_bool(to, CKA_PRIVATE, how % 3 != 0);
	if (how % 4 == 0)
		attrs_set(to, CKA_VALUE, BYTES(value, how % 8 == 0 ? 16 : 32));
}

static const struct message_values values = { known_bytes, number, object_begin };

static ProtobufCMessage *
response_make(struct cursor *c, enum remote_method method, bool raw)
{
	const ProtobufCMessageDescriptor *d = remote_methods[method].response;

	return raw ? rpc_message_unpack(d, fuzz_bytes(c, 4096))
		   : fuzz_message(c, d, &values);
}

static void
finish(struct waiting *w, const struct rpc_status *status,
	const ProtobufCMessage *response)
{
	const struct waiting call = *w;

	LIST_REMOVE(w, link);
	free(w);
	call.done(call.arg, status, response);
}

void
keystore_answer(struct cursor *c)
{
	static const uint64_t refusals[] = { CKR_USER_NOT_LOGGED_IN, CKR_PIN_INCORRECT,
		CKR_OBJECT_HANDLE_INVALID, CKR_TOKEN_NOT_PRESENT, CKR_PIN_LOCKED,
		CKR_HOST_MEMORY, CKR_VENDOR_DEFINED, CKR_OK };
	struct waiting *w = LIST_FIRST(&calls);
	struct rpc_status status = { .code = RPC_OK };
	ProtobufCMessage *response = NULL;
	unsigned how;

	if (w == NULL)
		return;
	how = fuzz_u8(c);
	if (how >= 240)
		return;
	if (how < 208)
		response = response_make(c, w->method, how >= 176);
	if (response == NULL) /* no message, or a refusal */
		rpc_status_set(&status, how % 2 != 0 ? RPC_INTERNAL : RPC_UNAUTHENTICATED,
			refusals[how % ARRAY_LEN(refusals)], "no");
	finish(w, &status, response);
	rpc_message_free(response);
}

void
keystore_begin(void)
{
	answers = true;
}

bool
keystore_end(void)
{
	struct rpc_status gone = { .code = RPC_OK };
	const bool began = answers;

	rpc_status_set(&gone, RPC_UNAVAILABLE, 0, "gone");
	answers = false;
	while (!LIST_EMPTY(&calls))
		finish(LIST_FIRST(&calls), &gone, NULL);
	return began;
}
