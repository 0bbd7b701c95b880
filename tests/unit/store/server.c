/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/store/server.h"

#include "cryptoki/pkcs11.h"

#include <check.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

struct session {
	struct server *server;
	int fd;
	int index;
	bool counted; /* among those there is room for */
};

static void
pause_ms(long ms)
{
	struct timespec ts = { ms / 1000, ms % 1000 * 1000000 };

	(void)nanosleep(&ts, NULL);
}

static bool
read_all(int fd, uint8_t *p, size_t n)
{
	while (n != 0) {
		ssize_t got = read(fd, p, n);

		if (got <= 0)
			return false;
		p += got;
		n -= (size_t)got;
	}
	return true;
}

static bool
write_all(int fd, const uint8_t *p, size_t n)
{
	while (n != 0) {
		ssize_t put = send(fd, p, n, MSG_NOSIGNAL);

		if (put <= 0)
			return false;
		p += put;
		n -= (size_t)put;
	}
	return true;
}

/* Until the other side hangs up. */
static bool
stay_silent(int fd)
{
	struct pollfd p = { fd, POLLIN, 0 };

	(void)poll(&p, 1, 60000);
	return false;
}

/* The same one n times, at most twice. */
static bool
send_descriptors(int fd, const uint8_t *p, size_t size, int passed, size_t n)
{
	struct iovec iov = { (void *)(uintptr_t)p, size };
	const int both[2] = { passed, passed };
	union {
		char b[CMSG_SPACE(sizeof both)];
		struct cmsghdr align;
	} control = { 0 };
	struct msghdr msg = { .msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control.b,
		.msg_controllen = CMSG_SPACE(n * sizeof(int)) };
	struct cmsghdr *c = CMSG_FIRSTHDR(&msg);

	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(n * sizeof(int));
	memcpy(CMSG_DATA(c), both, n * sizeof(int));
	return sendmsg(fd, &msg, MSG_NOSIGNAL) == (ssize_t)size;
}

static bool
send_late(int fd, const struct buf *frame, int passed)
{
	if (!write_all(fd, frame->p, frame->n - 1))
		return false;
	pause_ms(20);
	return send_descriptors(fd, frame->p + frame->n - 1, 1, passed, 1);
}

static bool
trickle(int fd, const struct buf *frame)
{
	for (size_t i = 0; i < frame->n; i++) {
		if (!write_all(fd, frame->p + i, 1))
			return false;
		pause_ms(20);
	}
	return true;
}

/* Some answer of that type; an operation gives its data back. */
static void
frame_answer(const struct wire_header *h, struct bytes body, enum manner manner,
	struct server *s, struct buf *frame)
{
	static const uint8_t zeroes[1024];
	const struct wire_message *m = &wire_messages[h->type];
	struct wire_op op = { 0 };
	struct wire_op_reply op_reply = { 0 };
	const struct wire_region_reply region = { s->cells };
	const struct wire_object_reply object = { s->objects[0] };
	const struct wire_pair_reply pair = { s->objects[0], s->objects[1] };
	struct wire_wait_slots_reply wait = { atomic_load(&s->serial), 7 };
	const void *reply = zeroes;
	const bool error =
		manner == ERROR_WITH_PAYLOAD || manner == ERROR_WITH_DESCRIPTOR;
	uint64_t rv = error ? CKR_FUNCTION_FAILED : CKR_OK;
	const uint16_t fd_flag = m->fd && manner != UNANNOUNCED ? WIRE_FD : 0;

	if (h->type == WIRE_OP && wire_decode(m->request, body, &op)) {
		op_reply.data = op.data;
		reply = &op_reply;
	} else if (h->type == WIRE_WAIT_SLOTS) {
		reply = &wait;
	} else if (h->type == WIRE_REGION) {
		reply = &region;
	} else if (h->type == WIRE_CREATE || h->type == WIRE_GENERATE) {
		reply = &object;
	} else if (h->type == WIRE_GENERATE_PAIR) {
		reply = &pair;
	}
	wire_frame(frame, manner == WRONG_TYPE ? WIRE_LOGOUT : h->type,
		manner == NOT_A_REPLY ? 0 : WIRE_REPLY | fd_flag,
		h->id + (manner == WRONG_ID), rv,
		manner == ERROR_WITH_DESCRIPTOR ? NULL : m->reply, reply);
	if (manner == ERROR_WITH_PAYLOAD && frame->n == WIRE_HEADER)
		buf_put_u32(frame, 0);
	if (manner == BAD_FIELDS)
		buf_put_u32(frame, 0xffffffff);
	if (manner == BAD_FIELDS || manner == ERROR_WITH_PAYLOAD)
		store_le32(frame->p, (uint32_t)(frame->n - WIRE_HEADER));
	if (manner == MORE_BEHIND)
		buf_put_u8(frame, 0);
	if (manner == TOO_LONG)
		store_le32(frame->p, WIRE_MAX_PAYLOAD + 1);
	if (manner == GARBAGE)
		memset(frame->p, 0xa5, frame->n);
}

static bool
send_answer(struct session *c, const struct buf *frame, enum manner manner, bool passes)
{
	const int fd = c->fd, passed = c->server->passed;

	size_t half = WIRE_HEADER + (frame->n - WIRE_HEADER) / 2;

	switch (manner) {
	case HANG_UP:
		return false;
	case HANG_UP_HEADER:
		(void)write_all(fd, frame->p, WIRE_HEADER / 2);
		return false;
	case HANG_UP_HALF:
		(void)write_all(fd, frame->p, half);
		return false;
	case SILENCE:
		return stay_silent(fd);
	case SILENCE_HALF:
		return write_all(fd, frame->p, half) && stay_silent(fd);
	case TRICKLE:
		return trickle(fd, frame);
	case WITH_DESCRIPTOR:
		return send_descriptors(fd, frame->p, frame->n, passed, 1);
	case TWO_DESCRIPTORS:
		return send_descriptors(fd, frame->p, frame->n, passed, 2);
	case LATE_DESCRIPTOR:
		return send_late(fd, frame, passed);
	case NO_DESCRIPTOR:
		return write_all(fd, frame->p, frame->n);
	default:
		return passes ? send_descriptors(fd, frame->p, frame->n, passed, 1)
			      : write_all(fd, frame->p, frame->n);
	}
}

static bool
await_serial(struct server *s, int fd, struct bytes body)
{
	struct wire_wait_slots w;
	struct pollfd p = { fd, POLLIN, 0 };

	if (!wire_decode(wire_messages[WIRE_WAIT_SLOTS].request, body, &w))
		return false;
	while (atomic_load(&s->serial) == w.serial) {
		if (poll(&p, 1, 5) != 0)
			return false;
	}
	return true;
}

/* Where a message has the template of a key to make. */
static const struct {
	enum wire_type type;
	size_t at;
} templates[] = {
	{ WIRE_CREATE, offsetof(struct wire_create, template) },
	{ WIRE_GENERATE, offsetof(struct wire_generate, template) },
	{ WIRE_GENERATE_PAIR, offsetof(struct wire_generate_pair, private_template) },
	{ WIRE_UNWRAP, offsetof(struct wire_unwrap, template) },
	{ WIRE_DERIVE, offsetof(struct wire_derive, template) },
	{ WIRE_KEEP, offsetof(struct wire_keep, template) },
};

/* lock held */
static void
note_template(struct server *s, uint16_t type, struct bytes body)
{
	union {
		struct wire_create create;
		struct wire_generate generate;
		struct wire_generate_pair pair;
		struct wire_unwrap unwrap;
		struct wire_derive derive;
		struct wire_keep keep;
	} m;
	struct bytes template;

	for (size_t i = 0; i < ARRAY_LEN(templates); i++) {
		if (templates[i].type != type ||
			!wire_decode(wire_messages[type].request, body, &m))
			continue;
		memcpy(&template, (const char *)&m + templates[i].at, sizeof template);
		if (template.n > sizeof s->template)
			continue;
		s->template_n = template.n;
		if (template.n != 0)
			memcpy(s->template, template.p, template.n);
	}
}

static void
note_request(struct server *s, uint16_t type, struct bytes body)
{
	struct wire_create create;
	struct wire_destroy destroy;

	(void)atomic_fetch_add(&s->requests[type], 1);
	pthread_mutex_lock(&s->lock);
	note_template(s, type, body);
	if (type == WIRE_CREATE &&
		wire_decode(wire_messages[type].request, body, &create)) {
		s->last_request[0] = s->last_request[1];
		s->last_request[1] = create.request;
	}
	if (type == WIRE_DESTROY &&
		wire_decode(wire_messages[type].request, body, &destroy) &&
		destroy.ids.n == sizeof s->destroyed[0]) {
		s->destroyed[0] = s->destroyed[1];
		memcpy(&s->destroyed[1], destroy.ids.p, destroy.ids.n);
	}
	pthread_mutex_unlock(&s->lock);
}

static bool
serve_request(struct session *c, const struct wire_header *h, struct bytes body)
{
	struct server *s = c->server;
	struct buf frame = BUF_INIT;
	enum manner manner = ANSWER;
	bool go_on;

	note_request(s, h->type, body);
	if (atomic_load(&s->manner_left) > 0 && atomic_fetch_sub(&s->manner_left, 1) > 0)
		manner = (enum manner)atomic_load(&s->manner);
	if (atomic_load(&s->delay_ms) != 0)
		pause_ms(atomic_load(&s->delay_ms));
	if (h->type == WIRE_WAIT_SLOTS && !await_serial(s, c->fd, body))
		return false;
	frame_answer(h, body, manner, s, &frame);
	go_on = send_answer(c, &frame, manner, wire_messages[h->type].fd);
	buf_free(&frame);
	return go_on;
}

/* -1 when there is no such client. */
static int
client_find(struct session *c, struct bytes secret)
{
	struct server *s = c->server;
	int found = -1;

	pthread_mutex_lock(&s->lock);
	for (int i = 0; i < SERVER_CLIENTS && i < atomic_load(&s->made); i++) {
		if (bytes_equal(secret, BYTES_OF(s->clients[i])))
			found = i;
	}
	s->conns[c->index].client = found;
	pthread_mutex_unlock(&s->lock);
	return found;
}

static void
client_make(struct session *c, uint8_t ret_secret[WIRE_SECRET])
{
	struct server *s = c->server;
	int i;

	if (getrandom(ret_secret, WIRE_SECRET, 0) != WIRE_SECRET)
		abort();
	pthread_mutex_lock(&s->lock);
	i = atomic_fetch_add(&s->made, 1) % SERVER_CLIENTS;
	memcpy(s->clients[i], ret_secret, WIRE_SECRET);
	s->conns[c->index].client = i;
	pthread_mutex_unlock(&s->lock);
}

/* lock held */
static void
client_leave(struct server *s, int client)
{
	if (client < 0 || !atomic_load(&s->mortal))
		return;
	for (int i = 0; i < SERVER_CONNS; i++) {
		if (s->conns[i].fd >= 0 && s->conns[i].client == client)
			return;
	}
	memset(s->clients[client], 0xff, WIRE_SECRET);
}

static bool
is_welcome(struct session *c)
{
	struct server *s = c->server;
	const int room = atomic_load(&s->room);

	if (room == 0)
		return true;
	pthread_mutex_lock(&s->lock);
	c->counted = atomic_load(&s->welcome) < room;
	(void)atomic_fetch_add(&s->welcome, c->counted);
	pthread_mutex_unlock(&s->lock);
	return c->counted;
}

static bool
serve_hello(struct session *c, const struct wire_header *h, struct bytes body)
{
	struct server *s = c->server;
	enum greeting g = (enum greeting)atomic_load(&s->greeting);
	static const uint8_t other[WIRE_SECRET] = { 1 };
	uint8_t fresh[WIRE_SECRET];
	struct wire_hello hello;
	struct wire_hello_reply reply = { WIRE_VERSION, BYTES_NONE, 1,
		WIRE_CUSTODY_BROKER, (uint8_t)atomic_load(&s->policy) };
	struct buf frame = BUF_INIT;
	uint64_t rv = g == REFUSE ? CKR_FUNCTION_FAILED : CKR_OK;
	bool sent;

	if (h->type != WIRE_HELLO || h->length > WIRE_MAX_HELLO ||
		!wire_decode(wire_messages[WIRE_HELLO].request, body, &hello))
		return false;
	reply.secret = hello.secret;
	if (client_find(c, hello.secret) < 0 && g == WELCOME) {
		reply.known = 0;
		client_make(c, fresh);
		reply.secret = BYTES_OF(fresh);
	}
	if (g == BAD_SECRET)
		reply = (struct wire_hello_reply){ WIRE_VERSION, BYTES("short", 5), 0,
			WIRE_CUSTODY_BROKER, 0 };
	if (g == OTHER_SECRET)
		reply.secret = BYTES_OF(other);
	reply.version += g == BAD_VERSION;
	reply.sensitive_session = g == BAD_CUSTODY ? 9 : WIRE_CUSTODY_BROKER;
	if (!is_welcome(c)) {
		rv = CKR_DEVICE_MEMORY;
		(void)atomic_fetch_add(&s->refused, 1);
	}
	wire_frame(&frame, WIRE_HELLO, WIRE_REPLY, h->id, rv,
		rv != CKR_OK ? NULL : wire_messages[WIRE_HELLO].reply, &reply);
	sent = write_all(c->fd, frame.p, frame.n);
	buf_free(&frame);
	return sent;
}

static void *
serve(void *arg)
{
	struct session *c = arg;
	struct server *s = c->server;
	bool greeted = false;
	bool go_on = true;

	while (go_on) {
		uint8_t raw[WIRE_HEADER];
		struct wire_header h;
		uint8_t *body;

		if (!read_all(c->fd, raw, sizeof raw) ||
			!wire_header_decode(raw, WIRE_MAX_PAYLOAD, &h))
			break;
		body = malloc(h.length + 1);
		go_on = body != NULL && read_all(c->fd, body, h.length);
		if (go_on && !greeted)
			go_on = serve_hello(c, &h, BYTES(body, h.length));
		else if (go_on)
			go_on = serve_request(c, &h, BYTES(body, h.length));
		greeted = true;
		free(body);
	}
	(void)atomic_fetch_sub(&s->open_now, 1);
	(void)atomic_fetch_sub(&s->welcome, c->counted);
	pthread_mutex_lock(&s->lock);
	close(c->fd);
	s->conns[c->index].fd = -1;
	(void)atomic_fetch_add(&s->ended, 1);
	client_leave(s, s->conns[c->index].client);
	pthread_mutex_unlock(&s->lock);
	free(c);
	return NULL;
}

static void
count_open(struct server *s)
{
	int now = atomic_fetch_add(&s->open_now, 1) + 1;

	(void)atomic_fetch_add(&s->connected, 1);
	if (now > atomic_load(&s->open_most))
		atomic_store(&s->open_most, now); /* by the one accepting thread */
}

static void *
accept_all(void *arg)
{
	struct server *s = arg;
	int fd;

	while ((fd = accept4(s->listener, NULL, NULL, SOCK_CLOEXEC)) >= 0) {
		struct session *c = malloc(sizeof *c);
		int i = 0;

		pthread_mutex_lock(&s->lock);
		while (s->conns[i].fd >= 0)
			i++;
		if (s->conns[i].used)
			pthread_join(s->conns[i].thread, NULL);
		*c = (struct session){ .server = s, .fd = fd, .index = i };
		s->conns[i].fd = fd;
		s->conns[i].used = true;
		s->conns[i].client = -1;
		count_open(s);
		if (pthread_create(&s->conns[i].thread, NULL, serve, c) != 0)
			abort();
		pthread_mutex_unlock(&s->lock);
	}
	return NULL;
}

void
server_start(struct server *s)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };

	memset(s, 0, sizeof *s);
	s->passed = STDERR_FILENO;
	pthread_mutex_init(&s->lock, NULL);
	for (int i = 0; i < SERVER_CONNS; i++)
		s->conns[i].fd = -1;
	strcpy(s->dir, "/tmp/kt-store-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(s->dir));
	snprintf(s->path, sizeof s->path, "%s/keyring-token", s->dir);
	ck_assert_int_eq(mkdir(s->path, 0700), 0);
	snprintf(s->path, sizeof s->path, "%s/keyring-token/keyringd.sock", s->dir);
	strcpy(at.sun_path, s->path);
	s->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	ck_assert_int_eq(bind(s->listener, (struct sockaddr *)&at, sizeof at), 0);
	ck_assert_int_eq(listen(s->listener, 64), 0);
	ck_assert_int_eq(pthread_create(&s->thread, NULL, accept_all, s), 0);
	ck_assert_int_eq(setenv("KEYRING_TOKEN_SOCKET", s->path, 1), 0);
}

void
server_hang_up(struct server *s, bool forget)
{
	int ended;

	pthread_mutex_lock(&s->lock);
	ended = atomic_load(&s->ended);
	for (int i = 0; i < SERVER_CONNS; i++) {
		if (s->conns[i].fd < 0)
			continue;
		shutdown(s->conns[i].fd, SHUT_RDWR);
		ended++;
	}
	if (forget)
		memset(s->clients, 0xff, sizeof s->clients);
	pthread_mutex_unlock(&s->lock);
	/* others may come meanwhile, so that there is no moment with none */
	for (int i = 0; i < 30000 && atomic_load(&s->ended) < ended; i++)
		pause_ms(1);
}

void
server_stop(struct server *s)
{
	shutdown(s->listener, SHUT_RDWR);
	pthread_join(s->thread, NULL);
	close(s->listener);
	server_hang_up(s, true);
	for (int i = 0; i < SERVER_CONNS; i++) {
		if (s->conns[i].used)
			pthread_join(s->conns[i].thread, NULL);
	}
	unlink(s->path);
	s->path[strlen(s->path) - strlen("/keyringd.sock")] = '\0';
	rmdir(s->path);
	rmdir(s->dir);
	pthread_mutex_destroy(&s->lock);
}
