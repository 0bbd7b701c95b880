/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/fuzz/keystore_says.h"

#include <sys/queue.h>

#include "remote/client/client.h"
#include "remote/rpc/frame.h"
#include "tests/fuzz/message.h"

struct waiting {
	LIST_ENTRY(waiting) link;
	const ProtobufCMessageDescriptor *response;
	rpc_message_fn *message; /* of a stream */
	rpc_done_fn *done;
	void *arg;
};

LIST_HEAD(waiting_list, waiting);
static struct waiting_list calls = LIST_HEAD_INITIALIZER(calls);
static struct waiting_list streams = LIST_HEAD_INITIALIZER(streams);
static struct waiting_list cancelled = LIST_HEAD_INITIALIZER(cancelled);
static bool answers;

/* --- In keyringd's way ----------------------------------------------------------------- */

int __real_remote_call(struct rpc_channel *channel, enum remote_method method,
	const ProtobufCMessage *request, unsigned deadline_ms, rpc_done_fn *done,
	void *arg, struct rpc_call **ret) MUST_CHECK;
int __wrap_remote_call(struct rpc_channel *channel, enum remote_method method,
	const ProtobufCMessage *request, unsigned deadline_ms, rpc_done_fn *done,
	void *arg, struct rpc_call **ret) MUST_CHECK;
int __real_rpc_server_stream(struct rpc_channel *channel, const char *path,
	const ProtobufCMessage *request, const ProtobufCMessageDescriptor *response,
	rpc_message_fn *message, rpc_done_fn *done, void *arg,
	struct rpc_call **ret) MUST_CHECK;
int __wrap_rpc_server_stream(struct rpc_channel *channel, const char *path,
	const ProtobufCMessage *request, const ProtobufCMessageDescriptor *response,
	rpc_message_fn *message, rpc_done_fn *done, void *arg,
	struct rpc_call **ret) MUST_CHECK;
void __real_rpc_cancel(struct rpc_call *call);
void __wrap_rpc_cancel(struct rpc_call *call);

static struct rpc_call *
call_add(struct waiting_list *to, const struct waiting *call)
{
	struct waiting *w = malloc(sizeof *w);

	FUZZ_CHECK(w != NULL);
	*w = *call;
	LIST_INSERT_HEAD(to, w, link);
	return (struct rpc_call *)w;
}

int
__wrap_remote_call(struct rpc_channel *channel, enum remote_method method,
	const ProtobufCMessage *request, unsigned deadline_ms, rpc_done_fn *done,
	void *arg, struct rpc_call **ret)
{
	struct rpc_call *call;

	if (!answers)
		return __real_remote_call(
			channel, method, request, deadline_ms, done, arg, ret);
	call = call_add(
		&calls, &(struct waiting){ .response = remote_methods[method].response,
				.done = done,
				.arg = arg });
	if (ret != NULL)
		*ret = call;
	return 0;
}

int
__wrap_rpc_server_stream(struct rpc_channel *channel, const char *path,
	const ProtobufCMessage *request, const ProtobufCMessageDescriptor *response,
	rpc_message_fn *message, rpc_done_fn *done, void *arg, struct rpc_call **ret)
{
	if (!answers)
		return __real_rpc_server_stream(
			channel, path, request, response, message, done, arg, ret);
	*ret = call_add(&streams, &(struct waiting){ .response = response,
					  .message = message,
					  .done = done,
					  .arg = arg });
	return 0;
}

/* Freed later: as with a real one, no other call has its address before its message was heard. */
static bool
cancel_in(struct waiting_list *list, const struct rpc_call *call)
{
	struct waiting *w;

	LIST_FOREACH (w, list, link) {
		if (w != (const void *)call)
			continue;
		LIST_REMOVE(w, link);
		LIST_INSERT_HEAD(&cancelled, w, link);
		return true;
	}
	return false;
}

void
__wrap_rpc_cancel(struct rpc_call *call)
{
	if (!cancel_in(&calls, call) && !cancel_in(&streams, call))
		__real_rpc_cancel(call);
}

static void
cancelled_free(void)
{
	struct waiting *w;

	while ((w = LIST_FIRST(&cancelled)) != NULL) {
		LIST_REMOVE(w, link);
		free(w);
	}
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
	if (strcmp(name, "id") != 0 && strcmp(name, "deleted") != 0)
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
response_make(struct cursor *c, const ProtobufCMessageDescriptor *d, bool raw)
{
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
		response = response_make(c, w->response, how >= 176);
	if (response == NULL) /* no message, or a refusal */
		rpc_status_set(&status, how % 2 != 0 ? RPC_INTERNAL : RPC_UNAUTHENTICATED,
			refusals[how % ARRAY_LEN(refusals)], "no");
	finish(w, &status, response);
	rpc_message_free(response);
}

void
keystore_news(struct cursor *c)
{
	struct waiting *w = LIST_FIRST(&streams);
	struct rpc_status status = { .code = RPC_OK };
	ProtobufCMessage *message = NULL;
	unsigned how;

	if (w == NULL)
		return;
	how = fuzz_u8(c);
	if (how % 2 != 0 && LIST_NEXT(w, link) != NULL)
		w = LIST_NEXT(w, link);
	if (how < 240)
		message = response_make(c, w->response, how >= 224);
	if (message != NULL) {
		w->message(w->arg, message);
	} else {
		rpc_status_set(&status, how & 2 ? RPC_INTERNAL : RPC_UNAUTHENTICATED,
			how & 2 ? 0 : CKR_USER_NOT_LOGGED_IN, "no");
		finish(w, &status, NULL);
	}
	rpc_message_free(message);
	cancelled_free();
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
	while (!LIST_EMPTY(&streams))
		finish(LIST_FIRST(&streams), &gone, NULL);
	cancelled_free();
	return began;
}
