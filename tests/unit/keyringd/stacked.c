/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/keyringd/stacked.h"

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "common/request_id.h"
#include "cryptoki/pkcs11.h"

#define SOMEBODY 65534u

const char *
stacked_env(const char *name)
{
	const char *value = getenv(name);

	ck_assert_msg(value != NULL, "%s is not set: run it in tests/stack", name);
	return value;
}

uint64_t
clock_us(void)
{
	struct timespec now;

	ck_assert_int_eq(clock_gettime(CLOCK_MONOTONIC, &now), 0);
	return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

/* ---- daemons and tokens */

struct keyringd
stacked_keyringd(void)
{
	struct keyringd k = { .pid = (pid_t)atol(stacked_env("KEYRINGD_PID")) };

	(void)snprintf(
		k.socket, sizeof k.socket, "%s", stacked_env("KEYRING_TOKEN_SOCKET"));
	return k;
}

/* Names are in the environment. */
static void
shell(const char *command)
{
	ck_assert_msg(system(command) == 0, "%s", command);
}

void
stacked_another(struct keyringd *k, const char *ini)
{
	char folder[] = "/tmp/keyringd-test.XXXXXX";

	ck_assert_ptr_nonnull(mkdtemp(folder));
	(void)snprintf(k->folder, sizeof k->folder, "%s", folder);
	(void)snprintf(k->socket, sizeof k->socket, "%s/socket", folder);
	ck_assert_int_eq(setenv("FOLDER", k->folder, 1), 0);
	ck_assert_int_eq(setenv("INI", ini, 1), 0);
	shell("{ sed -e \"s|^path = .*sock|path = $FOLDER/socket|\" "
	      "-e \"s|^directory = .*|directory = $FOLDER/state|\" "
	      "\"$STACK_DIR/keyringd.ini\"; printf '\\n%s' \"$INI\"; } "
	      ">\"$FOLDER/keyringd.ini\" && cp \"$STACK_DIR/tokens.yaml\" \"$FOLDER\"");
	keyringd_again(k);
}

#define TOKENCTL \
	"\"$TOKENCTL\" --keystore \"$KEYSTORED_ADDRESS\" --pki \"$STACK_DIR/pki\" "

void
stacked_token(const char *label)
{
	ck_assert_int_eq(setenv("LABEL", label, 1), 0);
	shell("cd \"$STACK_DIR\" && umask 077 && printf %s \"$SO_PIN\" >so && "
	      "printf %s \"$USER_PIN\" >user && " TOKENCTL
	      "token create \"$LABEL\" --hosts stack-host --so-pin-file so "
	      "--user-pin-file user >/dev/null && rm so user");
}

void
stacked_token_delete(const char *label)
{
	ck_assert_int_eq(setenv("LABEL", label, 1), 0);
	shell(TOKENCTL "token delete --force --yes \"$LABEL\" >/dev/null");
}

/* ---- a keystore that stands still */

/* Who makes it go on when the pipe closes: the write end is this test's alone. */
static pid_t minder;
static int minder_pipe;

static void
minder_run(pid_t keystored, int fd)
{
	char byte;
	ssize_t n;

	do
		n = read(fd, &byte, 1);
	while (n < 0 && errno == EINTR);
	_exit(kill(keystored, SIGCONT) == 0 ? 0 : 1);
}

void
stacked_keystored_stop(void)
{
	const pid_t keystored = (pid_t)atol(stacked_env("KEYSTORED_PID"));
	int ends[2];

	ck_assert_int_eq(pipe2(ends, O_CLOEXEC), 0);
	minder = fork();
	ck_assert_int_ge(minder, 0);
	if (minder == 0) {
		(void)close(ends[1]);
		minder_run(keystored, ends[0]);
	}
	(void)close(ends[0]);
	minder_pipe = ends[1];
	/* Check ends all of a test's group with it */
	ck_assert_int_eq(setpgid(minder, minder), 0);
	ck_assert_int_eq(kill(keystored, SIGSTOP), 0);
}

void
stacked_keystored_go_on(void)
{
	int status;

	(void)close(minder_pipe);
	ck_assert_int_eq(waitpid(minder, &status, 0), minder);
	ck_assert_int_eq(status, 0);
}

/* ---- connections */

uint64_t
raw_receive_fd(struct raw *c, int *ret_fd, int *ret_flags)
{
	union {
		struct cmsghdr head;
		uint8_t room[CMSG_SPACE(4 * sizeof(int))];
	} control;
	uint8_t head[WIRE_HEADER], *at;
	struct iovec iov = { head, sizeof head };
	struct msghdr m = { .msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof control };
	struct wire_header h;
	const struct cmsghdr *came;

	ck_assert_int_eq(
		recvmsg(c->fd, &m, MSG_WAITALL | MSG_CMSG_CLOEXEC), (int)sizeof head);
	*ret_flags = m.msg_flags;
	*ret_fd = -1;
	came = CMSG_FIRSTHDR(&m);
	if (came != NULL) {
		ck_assert_int_eq(came->cmsg_type, SCM_RIGHTS);
		ck_assert_uint_eq(came->cmsg_len, CMSG_LEN(sizeof *ret_fd));
		memcpy(ret_fd, CMSG_DATA(came), sizeof *ret_fd);
	}
	ck_assert(wire_header_decode(head, WIRE_MAX_PAYLOAD, &h));
	/* announced exactly when there is one */
	if ((m.msg_flags & MSG_CTRUNC) == 0)
		ck_assert_uint_eq(h.flags, WIRE_REPLY | (*ret_fd >= 0 ? WIRE_FD : 0));
	ck_assert(h.rv == CKR_OK || h.length == 0);
	buf_reset(&c->payload);
	at = buf_reserve(&c->payload, h.length);
	ck_assert_ptr_nonnull(at);
	if (h.length != 0)
		ck_assert_int_eq(recv(c->fd, at, h.length, MSG_WAITALL), (int)h.length);
	c->payload.n = h.length;
	return h.rv;
}

void
raw_ask(struct raw *c, uint16_t type, const void *message, uint64_t rv, void *ret)
{
	send_request(c->fd, type, 1, message);
	expect_reply(c->fd, type, rv, ret, &c->payload);
}

uint64_t
raw_ask_fd(struct raw *c, uint16_t type, const void *message, int *ret_fd)
{
	int flags;
	uint64_t rv;

	send_request(c->fd, type, 1, message);
	rv = raw_receive_fd(c, ret_fd, &flags);
	ck_assert_int_eq(flags & MSG_CTRUNC, 0);
	return rv;
}

static bool
slot_find(struct raw *c, const char *label)
{
	struct wire_empty none = { 0 };
	struct wire_slots_reply reply;
	struct wire_slot slot;
	struct cursor at;

	raw_ask(c, WIRE_SLOTS, &none, CKR_OK, &reply);
	at = cursor_over(reply.list);
	while (wire_list_next(wire_slot_fields, &at, &slot)) {
		if ((slot.flags & WIRE_SLOT_GONE) == 0 &&
			bytes_equal(slot.label, BYTES_STR(label))) {
			c->slot = slot.slot;
			return true;
		}
	}
	return false;
}

void
raw_open(struct raw *c, const struct keyringd *k, const char *label, uint8_t *ret_policy)
{
	struct wire_hello hello = {
		.min_version = 1, .max_version = 1, .program = BYTES_STR("raw")
	};
	struct wire_hello_reply reply;

	*c = (struct raw){ .fd = keyringd_connect(k) };
	ck_assert_int_ge(c->fd, 0);
	raw_ask(c, WIRE_HELLO, &hello, CKR_OK, &reply);
	if (ret_policy != NULL)
		*ret_policy = reply.policy;
	for (int i = 0; i < 400 && !slot_find(c, label); i++)
		(void)usleep(50000);
	ck_assert(slot_find(c, label));
}

void
raw_open_somebody(struct raw *c, const struct keyringd *k, const char *label)
{
	ck_assert_int_eq(chmod(k->folder, 0711), 0);
	/* a connection's user is the one who has connected */
	ck_assert_int_eq(seteuid(SOMEBODY), 0);
	raw_open(c, k, label, NULL);
	ck_assert_int_eq(seteuid(0), 0);
}

void
raw_close(struct raw *c)
{
	(void)close(c->fd);
	buf_free(&c->payload);
}

/* ---- messages */

struct wire_id
raw_request(void)
{
	struct wire_id id;

	ck_assert_int_eq(request_id_new(id.b), 0);
	return id;
}

void
raw_login(struct raw *c, uint8_t role)
{
	struct wire_login m = { .slot = c->slot,
		.role = role,
		.request = raw_request(),
		.pin = BYTES_STR(stacked_env(role == CKU_SO ? "SO_PIN" : "USER_PIN")) };

	raw_ask(c, WIRE_LOGIN, &m, CKR_OK, NULL);
}

void
raw_logout(struct raw *c)
{
	struct wire_slot_request m = { c->slot };

	raw_ask(c, WIRE_LOGOUT, &m, CKR_OK, NULL);
}

const struct region *
raw_region(struct raw *c)
{
	struct wire_slot_request m = { c->slot };
	struct wire_region_reply reply;
	void *map;
	int fd;

	ck_assert_uint_eq(raw_ask_fd(c, WIRE_REGION, &m, &fd), CKR_OK);
	ck_assert_int_ge(fd, 0);
	ck_assert(wire_decode(
		wire_messages[WIRE_REGION].reply, buf_bytes(&c->payload), &reply));
	ck_assert_uint_eq(reply.cells, REGION_CELLS);
	map = mmap(NULL, region_size(reply.cells), PROT_READ, MAP_SHARED, fd, 0);
	ck_assert(map != MAP_FAILED);
	(void)close(fd);
	return map;
}

static struct raw_object
object_read(struct bytes from)
{
	struct cursor at = cursor_over(from);
	struct wire_object o;

	ck_assert(wire_list_next(wire_object_fields, &at, &o));
	return (struct raw_object){ o.id, o.revision, o.cell, o.count };
}

static struct raw_object
object_ask(struct raw *c, uint16_t type, const void *m)
{
	struct wire_object_reply reply;

	raw_ask(c, type, m, CKR_OK, &reply);
	return object_read(reply.object);
}

struct raw_object
raw_create(struct raw *c, const struct attrs *template)
{
	struct wire_create m = { c->slot, raw_request(), attrs_bytes(template) };

	ck_assert(attrs_ok(template));
	return object_ask(c, WIRE_CREATE, &m);
}

struct raw_object
raw_generate(struct raw *c, const struct attrs *template)
{
	struct wire_generate m = { .slot = c->slot,
		.request = raw_request(),
		.mechanism = CKM_AES_KEY_GEN,
		.template = attrs_bytes(template) };

	ck_assert(attrs_ok(template));
	return object_ask(c, WIRE_GENERATE, &m);
}

struct raw_object
raw_get(struct raw *c, const struct wire_id *id, uint64_t rv)
{
	struct wire_object_request m = { c->slot, *id };

	if (rv == CKR_OK)
		return object_ask(c, WIRE_GET, &m);
	raw_ask(c, WIRE_GET, &m, rv, NULL);
	return (struct raw_object){ .id = *id };
}

void
raw_set_label(struct raw *c, const struct wire_id *id, const char *label)
{
	struct attrs a = ATTRS_INIT;
	struct wire_change m = { .slot = c->slot, .request = raw_request(), .id = *id };

	attrs_set(&a, CKA_LABEL, BYTES_STR(label));
	m.template = attrs_bytes(&a);
	(void)object_ask(c, WIRE_SET, &m);
	attrs_free(&a);
}

void
raw_destroy(struct raw *c, const struct wire_id *id)
{
	struct wire_destroy m = {
		.slot = c->slot, .request = raw_request(), .ids = BYTES_OF(id->b)
	};

	raw_ask(c, WIRE_DESTROY, &m, CKR_OK, NULL);
}

struct raw_object
raw_data(struct raw *c, const char *label)
{
	struct attrs a = ATTRS_INIT;
	struct raw_object o;

	attrs_set_ulong(&a, CKA_CLASS, CKO_DATA);
	attrs_set_bool(&a, CKA_TOKEN, true);
	attrs_set_bool(&a, CKA_PRIVATE, false);
	attrs_set(&a, CKA_LABEL, BYTES_STR(label));
	o = raw_create(c, &a);
	attrs_free(&a);
	return o;
}
