/* SPDX-License-Identifier: Apache-2.0 */
#include "remote/server/call.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/random.h>
#include <time.h>

#include "common/log.h"
#include "cryptoki/names.h"

/* The table of docs/PROTOCOL.md. */
static const struct {
	CK_RV ckr;
	enum rpc_code code;
} codes[] = {
	{ CKR_ARGUMENTS_BAD, RPC_INVALID_ARGUMENT },
	{ CKR_ATTRIBUTE_READ_ONLY, RPC_INVALID_ARGUMENT },
	{ CKR_ATTRIBUTE_SENSITIVE, RPC_PERMISSION_DENIED },
	{ CKR_ATTRIBUTE_TYPE_INVALID, RPC_INVALID_ARGUMENT },
	{ CKR_ATTRIBUTE_VALUE_INVALID, RPC_INVALID_ARGUMENT },
	{ CKR_TEMPLATE_INCOMPLETE, RPC_INVALID_ARGUMENT },
	{ CKR_TEMPLATE_INCONSISTENT, RPC_INVALID_ARGUMENT },
	{ CKR_MECHANISM_INVALID, RPC_INVALID_ARGUMENT },
	{ CKR_MECHANISM_PARAM_INVALID, RPC_INVALID_ARGUMENT },
	{ CKR_CURVE_NOT_SUPPORTED, RPC_INVALID_ARGUMENT },
	{ CKR_PARAMETER_SET_NOT_SUPPORTED, RPC_INVALID_ARGUMENT },
	{ CKR_DOMAIN_PARAMS_INVALID, RPC_INVALID_ARGUMENT },
	{ CKR_KEY_SIZE_RANGE, RPC_INVALID_ARGUMENT },
	{ CKR_KEY_TYPE_INCONSISTENT, RPC_INVALID_ARGUMENT },
	{ CKR_DATA_INVALID, RPC_INVALID_ARGUMENT },
	{ CKR_DATA_LEN_RANGE, RPC_INVALID_ARGUMENT },
	{ CKR_ENCRYPTED_DATA_INVALID, RPC_INVALID_ARGUMENT },
	{ CKR_ENCRYPTED_DATA_LEN_RANGE, RPC_INVALID_ARGUMENT },
	{ CKR_WRAPPED_KEY_INVALID, RPC_INVALID_ARGUMENT },
	{ CKR_WRAPPED_KEY_LEN_RANGE, RPC_INVALID_ARGUMENT },
	{ CKR_WRAPPING_KEY_TYPE_INCONSISTENT, RPC_INVALID_ARGUMENT },
	{ CKR_WRAPPING_KEY_SIZE_RANGE, RPC_INVALID_ARGUMENT },
	{ CKR_UNWRAPPING_KEY_SIZE_RANGE, RPC_INVALID_ARGUMENT },
	{ CKR_KEY_UNEXTRACTABLE, RPC_PERMISSION_DENIED },
	{ CKR_KEY_NOT_WRAPPABLE, RPC_PERMISSION_DENIED },
	{ CKR_WRAPPING_KEY_HANDLE_INVALID, RPC_NOT_FOUND },
	{ CKR_UNWRAPPING_KEY_HANDLE_INVALID, RPC_NOT_FOUND },
	{ CKR_UNWRAPPING_KEY_TYPE_INCONSISTENT, RPC_INVALID_ARGUMENT },
	{ CKR_PIN_INVALID, RPC_INVALID_ARGUMENT },
	{ CKR_PIN_LEN_RANGE, RPC_INVALID_ARGUMENT },
	{ CKR_USER_TYPE_INVALID, RPC_INVALID_ARGUMENT },
	{ CKR_USER_NOT_LOGGED_IN, RPC_UNAUTHENTICATED },
	{ CKR_PIN_INCORRECT, RPC_PERMISSION_DENIED },
	{ CKR_PIN_LOCKED, RPC_PERMISSION_DENIED },
	{ CKR_KEY_FUNCTION_NOT_PERMITTED, RPC_PERMISSION_DENIED },
	{ CKR_ACTION_PROHIBITED, RPC_PERMISSION_DENIED },
	{ CKR_OBJECT_HANDLE_INVALID, RPC_NOT_FOUND },
	{ CKR_KEY_HANDLE_INVALID, RPC_NOT_FOUND },
	{ CKR_TOKEN_NOT_PRESENT, RPC_NOT_FOUND },
	{ CKR_USER_PIN_NOT_INITIALIZED, RPC_FAILED_PRECONDITION },
	{ CKR_TOKEN_NOT_INITIALIZED, RPC_FAILED_PRECONDITION },
	{ CKR_OPERATION_NOT_INITIALIZED, RPC_FAILED_PRECONDITION },
	{ CKR_DEVICE_MEMORY, RPC_RESOURCE_EXHAUSTED },
	{ CKR_HOST_MEMORY, RPC_RESOURCE_EXHAUSTED },
};

enum rpc_code
call_code(CK_RV ckr)
{
	for (size_t i = 0; i < ARRAY_LEN(codes); i++)
		if (codes[i].ckr == ckr)
			return codes[i].code;
	return RPC_INTERNAL;
}

int
call_refuse(struct call *c, CK_RV ckr, const char *fmt, ...)
{
	va_list ap;

	c->status->code = call_code(ckr);
	c->status->ckr = ckr;
	va_start(ap, fmt);
	(void)vsnprintf(c->status->message, sizeof c->status->message, fmt, ap);
	va_end(ap);
	return CALL_REFUSED;
}

int
call_failed(struct call *c, CK_RV ckr, const char *what)
{
	return call_refuse(c, ckr, "%s: %s", what, ckr_name(ckr));
}

int
call_busy(struct call *c, const char *why)
{
	*c->status = (struct rpc_status){ .code = RPC_UNAVAILABLE };
	(void)snprintf(c->status->message, sizeof c->status->message, "%s", why);
	return CALL_REFUSED;
}

int
call_turn(struct call *c, struct gate *g, const char *full, unsigned *ret)
{
	struct gate_subject host = { .role = 0 };
	unsigned place;

	memcpy(host.host, c->rpc->peer_fingerprint, sizeof host.host);
	if (gate_enter(g, &host, &place) < 0)
		return call_busy(c, full);
	if (rpc_is_over(c->rpc)) {
		gate_leave(g, place);
		return call_busy(c, "the caller has gone");
	}
	*ret = place;
	return 0;
}

void
call_end(struct call *c, int r)
{
	if (r == 0) {
		*c->status = (struct rpc_status){ .code = RPC_OK };
	} else if (r == -ENOSPC) {
		log_error("%s: no room left on the database's disk", c->method);
		(void)call_refuse(c, CKR_DEVICE_MEMORY,
			"no room left on the keystore's disk; nothing was changed");
	} else if (r == -ENOMEM) {
		(void)call_refuse(c, CKR_HOST_MEMORY, "the keystore is out of memory");
	} else if (r == -EBADMSG) {
		log_error("%s: sealed data in the database is not what was sealed",
			c->method);
		(void)call_refuse(c, CKR_DEVICE_ERROR,
			"the keystore's database was changed by someone else");
	} else if (r < 0) {
		log_error("%s: %s", c->method, strerror(-r));
		(void)call_refuse(
			c, CKR_DEVICE_ERROR, "the keystore's storage: %s", strerror(-r));
	}
}

const char *
call_host(const struct call *c)
{
	return c->rpc->peer_name != NULL ? c->rpc->peer_name : "(no certificate)";
}

bool
call_has_certificate(const struct call *c)
{
	return c->rpc->peer_name != NULL;
}

bool
call_is_administrator(const struct call *c)
{
	return config_lists(c->ks->config.administrators, c->rpc->peer_name);
}

bool
call_may_create_tokens(const struct call *c)
{
	char *const *list = c->ks->config.create_tokens;

	return call_has_certificate(c) &&
	       (config_lists(list, c->rpc->peer_name) || config_lists(list, "*") ||
		       call_is_administrator(c));
}

int
call_needs_certificate(struct call *c, const char *what)
{
	if (call_has_certificate(c))
		return 0;
	return call_refuse(
		c, CKR_ACTION_PROHIBITED, "%s needs a host with a certificate", what);
}

int
call_id(struct call *c, ProtobufCBinaryData from, const char *what, struct id *ret)
{
	if (from.len != ID_BYTES)
		return call_refuse(
			c, CKR_ARGUMENTS_BAD, "%s is not %u bytes long", what, ID_BYTES);
	memcpy(ret->b, from.data, ID_BYTES);
	return 0;
}

void
id_text(const struct id *id, char ret[UUID_TEXT])
{
	uuid_text(id->b, ret);
}

int
id_new(struct id *ret)
{
	if (getrandom(ret->b, sizeof ret->b, 0) != (ssize_t)sizeof ret->b)
		return -EIO;
	ret->b[6] = (ret->b[6] & 0x0f) | 0x40;
	ret->b[8] = (ret->b[8] & 0x3f) | 0x80;
	return 0;
}

bool
id_equal(const struct id *a, const struct id *b)
{
	return memcmp(a->b, b->b, sizeof a->b) == 0;
}

static uint64_t
clock_ms(clockid_t clock)
{
	struct timespec now;

	(void)clock_gettime(clock, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

uint64_t
clock_now_ms(void)
{
	return clock_ms(CLOCK_REALTIME);
}

uint64_t
clock_steady_ms(void)
{
	return clock_ms(CLOCK_MONOTONIC);
}
