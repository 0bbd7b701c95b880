/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/keyringd/process.h"

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#define WAIT_MS 30000 /* for anything: a loaded machine under a sanitizer */

static void
file_write(const char *folder, const char *name, const char *text)
{
	char path[128];
	FILE *f;

	(void)snprintf(path, sizeof path, "%s/%s", folder, name);
	f = fopen(path, "w");
	ck_assert_ptr_nonnull(f);
	ck_assert_int_ge(fputs(text, f), 0);
	ck_assert_int_eq(fclose(f), 0);
}

static void
run(const struct keyringd *k)
{
	const char *program = getenv("KEYRINGD");
	char config[96], tokens[96];
	int log;

	(void)snprintf(config, sizeof config, "%s/keyringd.ini", k->folder);
	(void)snprintf(tokens, sizeof tokens, "%s/tokens.yaml", k->folder);
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL); /* with its test */
	if (chdir(k->folder) != 0)
		_exit(126);
	log = open("log", O_WRONLY | O_CREAT | O_APPEND, 0600);
	if (log < 0 || dup2(log, STDERR_FILENO) < 0)
		_exit(126);
	(void)execl(program, program, "--config", config, "--tokens", tokens, NULL);
	_exit(127);
}

void
keyringd_again(struct keyringd *k)
{
	ck_assert_ptr_nonnull(getenv("KEYRINGD"));
	k->pid = fork();
	ck_assert_int_ge(k->pid, 0);
	if (k->pid == 0)
		run(k);
	for (int i = 0; i < WAIT_MS / 10; i++) {
		int fd = keyringd_connect(k);

		if (fd >= 0) {
			(void)close(fd);
			return;
		}
		ck_assert_int_eq(waitpid(k->pid, NULL, WNOHANG), 0);
		(void)usleep(10000);
	}
	ck_abort_msg("keyringd does not listen");
}

void
keyringd_start(struct keyringd *k, const char *ini)
{
	char text[1024];

	(void)strcpy(k->folder, "/tmp/keyringd-test.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(k->folder));
	(void)snprintf(k->socket, sizeof k->socket, "%s/socket", k->folder);
	(void)snprintf(text, sizeof text,
		"[socket]\npath = %s\n[state]\ndirectory = %s/state\n"
		"[retry]\nrounds = 0\ndeadline = 500ms\n[log]\nlevel = info\n%s",
		k->socket, k->folder, ini);
	file_write(k->folder, "keyringd.ini", text);
	/* the port of tcpmux: nobody serves it */
	file_write(k->folder, "tokens.yaml",
		"tokens:\n  0:\n    grep11connection: {address: 127.0.0.1, port: 1}\n");
	keyringd_again(k);
}

void
keyringd_stop(struct keyringd *k)
{
	int status;

	ck_assert_int_eq(kill(k->pid, SIGTERM), 0);
	ck_assert_int_eq(waitpid(k->pid, &status, 0), k->pid);
	ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == 0, "status 0x%x",
		(unsigned)status);
}

static int
remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	return remove(path);
}

void
keyringd_remove(struct keyringd *k)
{
	(void)nftw(k->folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

long
keyringd_memory(const struct keyringd *k)
{
	char path[64];
	long size, resident = 0;
	FILE *f;

	(void)snprintf(path, sizeof path, "/proc/%ld/statm", (long)k->pid);
	f = fopen(path, "r");
	ck_assert_ptr_nonnull(f);
	ck_assert_int_eq(fscanf(f, "%ld %ld", &size, &resident), 2);
	(void)fclose(f);
	return resident * (sysconf(_SC_PAGESIZE) / 1024);
}

/* ---- connections */

int
keyringd_connect(const struct keyringd *k)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	ck_assert_int_ge(fd, 0);
	(void)snprintf(at.sun_path, sizeof at.sun_path, "%s", k->socket);
	if (connect(fd, (const void *)&at, sizeof at) == 0)
		return fd;
	(void)close(fd);
	return -1;
}

void
send_all(int fd, const void *p, size_t n)
{
	for (size_t sent = 0; sent < n;) {
		ssize_t put = send(fd, (const uint8_t *)p + sent, n - sent, MSG_NOSIGNAL);

		/* keyringd may have ended the connection over the first bytes:
		 * whoever sends garbage finds out when it reads. */
		if (put < 0 && (errno == EPIPE || errno == ECONNRESET))
			return;
		ck_assert_msg(put > 0, "send: %s", strerror(errno));
		sent += (size_t)put;
	}
}

void
send_request(int fd, uint16_t type, uint64_t id, const void *message)
{
	struct buf frame = BUF_INIT;

	wire_frame(&frame, type, 0, id, 0, wire_messages[type].request, message);
	ck_assert(buf_ok(&frame));
	send_all(fd, frame.p, frame.n);
	buf_free(&frame);
}

static bool
receive_all(int fd, uint8_t *p, size_t n)
{
	for (size_t got = 0; got < n;) {
		struct pollfd ready = { .fd = fd, .events = POLLIN };
		ssize_t more;

		ck_assert_int_eq(poll(&ready, 1, WAIT_MS), 1);
		more = recv(fd, p + got, n - got, 0);
		if (more <= 0)
			return false;
		got += (size_t)more;
	}
	return true;
}

bool
receive_reply(int fd, struct wire_header *ret, struct buf *payload)
{
	uint8_t head[WIRE_HEADER], *at;

	if (!receive_all(fd, head, sizeof head))
		return false;
	ck_assert(wire_header_decode(head, WIRE_MAX_PAYLOAD, ret));
	ck_assert_uint_eq(ret->flags, WIRE_REPLY);
	buf_reset(payload);
	at = buf_reserve(payload, ret->length);
	ck_assert_ptr_nonnull(at);
	payload->n = ret->length;
	return receive_all(fd, at, ret->length);
}

void
expect_reply(int fd, uint16_t type, uint64_t rv, void *ret, struct buf *payload)
{
	struct wire_header h;

	ck_assert(receive_reply(fd, &h, payload));
	ck_assert_uint_eq(h.type, type);
	ck_assert_msg(h.rv == rv, "CK_RV 0x%llx", (unsigned long long)h.rv);
	if (ret != NULL)
		ck_assert(
			wire_decode(wire_messages[type].reply, buf_bytes(payload), ret));
}

bool
say_hello(int fd, uint8_t secret[WIRE_SECRET], bool resume)
{
	struct wire_hello hello = {
		.min_version = 1, .max_version = 1, .program = BYTES_STR("test")
	};
	struct wire_hello_reply reply;
	struct buf payload = BUF_INIT;

	if (resume)
		hello.secret = BYTES(secret, WIRE_SECRET);
	send_request(fd, WIRE_HELLO, 1, &hello);
	expect_reply(fd, WIRE_HELLO, 0, &reply, &payload);
	ck_assert_uint_eq(reply.version, WIRE_VERSION);
	ck_assert_uint_eq(reply.secret.n, WIRE_SECRET);
	memcpy(secret, reply.secret.p, WIRE_SECRET);
	buf_free(&payload);
	return reply.known != 0;
}

bool
is_closed(int fd, int ms)
{
	struct pollfd ready = { .fd = fd, .events = POLLIN };
	uint8_t drop[4096];
	ssize_t n;

	do {
		if (poll(&ready, 1, ms) != 1)
			return false;
		n = recv(fd, drop, sizeof drop, 0);
	} while (n > 0);
	return true;
}
