/* SPDX-License-Identifier: Apache-2.0 */
#include "remote/rpc/status.h"

#include <nghttp2/nghttp2.h>
#include <stdio.h>
#include <time.h>

#include "common/control.h"

void
rpc_status_set(
	struct rpc_status *status, enum rpc_code code, uint64_t ckr, const char *fmt, ...)
{
	va_list ap;

	status->code = code;
	status->ckr = ckr;
	va_start(ap, fmt);
	(void)vsnprintf(status->message, sizeof status->message, fmt, ap);
	va_end(ap);
}

size_t
rpc_status_message_encode(const char *text, char *out, size_t cap)
{
	static const char hex[] = "0123456789ABCDEF";
	size_t n = 0;

	for (; *text != '\0' && n + 4 <= cap; text++) {
		unsigned char c = (unsigned char)*text;

		if (c >= 0x20 && c <= 0x7e && c != '%') {
			out[n++] = (char)c;
			continue;
		}
		out[n++] = '%';
		out[n++] = hex[c >> 4];
		out[n++] = hex[c & 15];
	}
	out[n] = '\0';
	return n;
}

static int
hex_value(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

void
rpc_status_message_decode(struct bytes wire, char *out, size_t cap)
{
	size_t n = 0;

	for (size_t i = 0; i < wire.n && n + 1 < cap; i++) {
		unsigned c = wire.p[i];

		if (c == '%' && i + 2 < wire.n && hex_value(wire.p[i + 1]) >= 0 &&
			hex_value(wire.p[i + 2]) >= 0) {
			c = (unsigned)(hex_value(wire.p[i + 1]) << 4 |
				       hex_value(wire.p[i + 2]));
			i += 2;
		}
		out[n++] = c == 0 ? '?' : (char)c;
	}
	out[n] = '\0';
	(void)control_clean(out);
}

bool
rpc_number_parse(struct bytes text, uint64_t max, uint64_t *ret)
{
	uint64_t v = 0;

	if (text.n == 0 || text.n > 20)
		return false;
	for (size_t i = 0; i < text.n; i++) {
		unsigned digit = (unsigned)text.p[i] - '0';

		if (digit > 9 || digit > max || v > (max - digit) / 10)
			return false;
		v = v * 10 + digit;
	}
	*ret = v;
	return true;
}

struct timeout_unit {
	char letter;
	uint32_t mul;
	uint32_t div;
};

/* Finest first: the formatter takes the first that fits eight digits. */
static const struct timeout_unit timeout_units[] = {
	{ 'n', 1, 1000000 },
	{ 'u', 1, 1000 },
	{ 'm', 1, 1 },
	{ 'S', 1000, 1 },
	{ 'M', 60000, 1 },
	{ 'H', 3600000, 1 },
};

bool
rpc_timeout_parse(struct bytes text, int64_t *ret_ms)
{
	uint64_t v;

	if (text.n < 2 || text.n > 9)
		return false;
	if (!rpc_number_parse(BYTES(text.p, text.n - 1), 99999999, &v))
		return false;
	for (size_t i = 0; i < ARRAY_LEN(timeout_units); i++) {
		const struct timeout_unit *u = &timeout_units[i];

		if (u->letter != (char)text.p[text.n - 1])
			continue;
		*ret_ms = (int64_t)((v * u->mul + u->div - 1) / u->div);
		return true;
	}
	return false;
}

size_t
rpc_timeout_format(int64_t ms, char out[16])
{
	uint64_t v = ms < 1 ? 1 : (uint64_t)ms;
	char letter = 'm';

	for (size_t i = 2; i < ARRAY_LEN(timeout_units); i++) {
		letter = timeout_units[i].letter;
		v = ((ms < 1 ? 1 : (uint64_t)ms) + timeout_units[i].mul - 1) /
		    timeout_units[i].mul;
		if (v <= 99999999)
			break;
	}
	if (v > 99999999)
		v = 99999999;
	return (size_t)snprintf(out, 16, "%u%c", (unsigned)v, letter);
}

static bool
hex_field(const uint8_t *p, size_t n, bool zero_ok)
{
	bool nonzero = false;

	for (size_t i = 0; i < n; i++) {
		if (hex_value(p[i]) < 0 || (p[i] >= 'A' && p[i] <= 'F'))
			return false;
		nonzero = nonzero || p[i] != '0';
	}
	return nonzero || zero_ok;
}

bool
rpc_traceparent_valid(struct bytes t)
{
	return t.n == TRACEPARENT_LEN && t.p[0] == '0' && t.p[1] == '0' &&
	       t.p[2] == '-' && hex_field(t.p + 3, 32, false) && t.p[35] == '-' &&
	       hex_field(t.p + 36, 16, false) && t.p[52] == '-' &&
	       hex_field(t.p + 53, 2, true);
}

struct code_row {
	uint32_t from;
	enum rpc_code to;
};

static const struct code_row http_codes[] = {
	{ 400, RPC_INTERNAL },
	{ 401, RPC_UNAUTHENTICATED },
	{ 403, RPC_PERMISSION_DENIED },
	{ 404, RPC_UNIMPLEMENTED },
	{ 429, RPC_UNAVAILABLE },
	{ 502, RPC_UNAVAILABLE },
	{ 503, RPC_UNAVAILABLE },
	{ 504, RPC_UNAVAILABLE },
};

enum rpc_code
rpc_status_from_http(unsigned http_status)
{
	for (size_t i = 0; i < ARRAY_LEN(http_codes); i++)
		if (http_codes[i].from == http_status)
			return http_codes[i].to;
	return RPC_UNKNOWN;
}

static const struct code_row h2_codes[] = {
	{ NGHTTP2_REFUSED_STREAM, RPC_UNAVAILABLE },
	{ NGHTTP2_CANCEL, RPC_CANCELLED },
	{ NGHTTP2_ENHANCE_YOUR_CALM, RPC_RESOURCE_EXHAUSTED },
	{ NGHTTP2_INADEQUATE_SECURITY, RPC_PERMISSION_DENIED },
};

enum rpc_code
rpc_status_from_h2(uint32_t error_code)
{
	for (size_t i = 0; i < ARRAY_LEN(h2_codes); i++)
		if (h2_codes[i].from == error_code)
			return h2_codes[i].to;
	return RPC_INTERNAL;
}

int64_t
rpc_clock_ms(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}
