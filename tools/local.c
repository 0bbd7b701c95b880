/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/local.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <time.h>

#include "common/cleanup.h"
#include "cryptoki/names.h"
#include "tools/tokenctl.h"
#include "wire/wire.h"

#define SYSTEM_SOCKET "/run/keyring-token/keyringd.sock"
#define LIMIT_S 5 /* keyringd may be waiting for its first answer */

const char *
local_path(const char *path, char *buffer, size_t cap)
{
	const char *dir = secure_getenv("XDG_RUNTIME_DIR");

	if (path != NULL)
		return path;
	if (access(SYSTEM_SOCKET, F_OK) == 0)
		return SYSTEM_SOCKET;
	if (dir != NULL && dir[0] == '/')
		(void)snprintf(buffer, cap, "%s/keyring-token/keyringd.sock", dir);
	else
		(void)snprintf(buffer, cap, "/run/user/%u/keyring-token/keyringd.sock",
			(unsigned)geteuid());
	return access(buffer, F_OK) == 0 ? buffer : SYSTEM_SOCKET;
}

static int
local_connect(const char *path, int *ret)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	struct timeval limit = { .tv_sec = LIMIT_S };
	CLEANUP(cleanup_close)
	int fd = -1;

	if (strlen(path) >= sizeof to.sun_path)
		return -ENAMETOOLONG;
	(void)strcpy(to.sun_path, path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0 ||
		setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit) != 0 ||
		setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit) != 0 ||
		connect(fd, (struct sockaddr *)&to, sizeof to) != 0)
		return -errno;
	*ret = TAKE_FD(fd);
	return 0;
}

static int
read_exactly(int fd, uint8_t *p, size_t n)
{
	while (n != 0) {
		ssize_t got = recv(fd, p, n, 0);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return errno == EAGAIN ? -ETIMEDOUT : -errno;
		if (got == 0)
			return -ECONNRESET;
		p += got;
		n -= (size_t)got;
	}
	return 0;
}

/* The reply's payload into `in`; *ret_rv is its CK_RV. */
static int
local_call(int fd, uint16_t type, const void *request, struct buf *in, uint64_t *ret_rv)
{
	CLEANUP(buf_free)
	struct buf out = BUF_SECRET;
	uint8_t raw[WIRE_HEADER], *p;
	struct wire_header h;
	int r;

	wire_frame(&out, type, 0, 1, 0, wire_messages[type].request, request);
	if (!buf_ok(&out))
		return -ENOMEM;
	if (send(fd, out.p, out.n, MSG_NOSIGNAL) != (ssize_t)out.n)
		return errno == EAGAIN ? -ETIMEDOUT : -errno;
	r = read_exactly(fd, raw, sizeof raw);
	if (r < 0)
		return r;
	if (!wire_header_decode(raw, WIRE_MAX_PAYLOAD, &h) || h.type != type ||
		(h.flags & WIRE_REPLY) == 0)
		return -EPROTO;
	buf_reset(in);
	p = buf_reserve(in, h.length);
	if (h.length != 0 && p == NULL)
		return -ENOMEM;
	r = read_exactly(fd, p, h.length);
	if (r == 0) {
		in->n += h.length;
		*ret_rv = h.rv;
	}
	return r;
}

static int
ask_hello(int fd, struct buf *in, struct local_facts *f, uint64_t *ret_rv)
{
	struct wire_hello hello = { WIRE_VERSION, WIRE_VERSION, BYTES_NONE,
		BYTES_STR("tokenctl") };
	struct wire_hello_reply reply;
	int r = local_call(fd, WIRE_HELLO, &hello, in, ret_rv);

	if (r < 0 || *ret_rv != CKR_OK)
		return r;
	if (!wire_decode(wire_messages[WIRE_HELLO].reply, buf_bytes(in), &reply))
		return -EPROTO;
	f->version = reply.version;
	f->custody = reply.sensitive_session;
	f->policy = reply.policy;
	return 0;
}

static int
ask_slots(int fd, struct buf *in, struct local_facts *f, uint64_t *ret_rv)
{
	struct wire_empty nothing = { 0 };
	struct wire_slots_reply reply;
	struct wire_slot slot;
	struct cursor c;
	int r = local_call(fd, WIRE_SLOTS, &nothing, in, ret_rv);

	if (r < 0 || *ret_rv != CKR_OK)
		return r;
	if (!wire_decode(wire_messages[WIRE_SLOTS].reply, buf_bytes(in), &reply))
		return -EPROTO;
	c = cursor_over(reply.list);
	while (wire_list_next(wire_slot_fields, &c, &slot))
		if ((slot.flags & WIRE_SLOT_INITIALIZED) != 0)
			f->tokens++;
		else
			f->blank++;
	return c.bad ? -EPROTO : 0;
}

static double
now_ms(void)
{
	struct timespec ts = { 0 };

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec * 1e3 + (double)ts.tv_nsec / 1e6;
}

static int
failed(int r, char *err, size_t err_len)
{
	const char *why = strerror(-r), *todo = "";

	if (r == -ENOENT || r == -ECONNREFUSED) {
		why = "nobody listens there";
		todo = "; is keyringd running? systemctl status keyringd.socket";
	} else if (r == -EACCES) {
		todo = "; this user may not use that socket";
	} else if (r == -EPROTO) {
		why = "what answers is no keyringd of this version";
	}
	(void)snprintf(err, err_len, "%s%s", why, todo);
	return TOOL_FAILED;
}

int
local_ask(const char *path, struct local_facts *ret, char *err, size_t err_len)
{
	CLEANUP(cleanup_close)
	int fd = -1;
	CLEANUP(buf_free)
	struct buf in = BUF_SECRET;
	struct local_facts f = { 0 };
	struct ucred owner;
	socklen_t n = sizeof owner;
	uint64_t rv = CKR_OK;
	double start;
	int r = local_connect(path, &fd);

	if (r == 0 && getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &owner, &n) != 0)
		r = -errno;
	if (r < 0)
		return failed(r, err, err_len);
	f.pid = owner.pid;
	f.uid = owner.uid;
	start = now_ms();
	r = ask_hello(fd, &in, &f, &rv);
	f.ms = now_ms() - start;
	if (r == 0 && rv == CKR_OK)
		r = ask_slots(fd, &in, &f, &rv);
	if (r < 0)
		return failed(r, err, err_len);
	if (rv != CKR_OK) {
		(void)snprintf(err, err_len, "keyringd refused: %s", ckr_name((CK_RV)rv));
		return TOOL_FAILED;
	}
	*ret = f;
	return TOOL_OK;
}
