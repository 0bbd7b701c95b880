/* SPDX-License-Identifier: Apache-2.0 */
/* One handler a message. */
#include "keyringd/client.h"
#include "keyringd/login.h"
#include "keyringd/objects.h"
#include "keyringd/ops.h"
#include "keyringd/passes.h"
#include "keyringd/slots.h"
#include "keyringd/uses.h"

request_handler *const request_handlers[WIRE_TYPES] = {
	[WIRE_HELLO] = handle_hello,
	[WIRE_SLOTS] = handle_slots,
	[WIRE_WAIT_SLOTS] = handle_wait_slots,
	[WIRE_LOGIN] = handle_login,
	[WIRE_LOGOUT] = handle_logout,
	[WIRE_INIT_TOKEN] = handle_init_token,
	[WIRE_INIT_PIN] = handle_init_pin,
	[WIRE_SET_PIN] = handle_set_pin,
	[WIRE_FIND] = handle_find,
	[WIRE_GET] = handle_get,
	[WIRE_GET_SECRET] = handle_get_secret,
	[WIRE_CREATE] = handle_create,
	[WIRE_COPY] = handle_copy,
	[WIRE_SET] = handle_set,
	[WIRE_DESTROY] = handle_destroy,
	[WIRE_GENERATE] = handle_generate,
	[WIRE_GENERATE_PAIR] = handle_generate_pair,
	[WIRE_OP] = handle_op,
	[WIRE_OP_CANCEL] = handle_op_cancel,
	[WIRE_REGION] = handle_region,
	[WIRE_KEY_SOCKET] = handle_key_socket,
	[WIRE_WRAP] = handle_wrap,
	[WIRE_UNWRAP] = handle_unwrap,
	[WIRE_DERIVE] = handle_derive,
	[WIRE_KEEP] = handle_keep,
	[WIRE_LOGIN_USE] = handle_login_use,
	[WIRE_DECAPSULATE] = handle_decapsulate,
};
