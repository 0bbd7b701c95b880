/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is meant for the kernel is sent to a descriptor that has become something else: no
 * kind of socket takes a byte of it.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <linux/tls.h>
#include <linux/vm_sockets.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <unistd.h>

#include "kcapi_backend/socket.h"
#include "tests/unit/check_main.h"

#ifndef IPPROTO_MPTCP
#define IPPROTO_MPTCP 262
#endif
#ifndef TCP_ULP
#define TCP_ULP 31
#endif
#ifndef SOL_TLS
#define SOL_TLS 282
#endif

/* Two ends that are connected; false: this kernel has no such thing. */
static bool
unix_pair(int type, int fd[2])
{
	return socketpair(AF_UNIX, type, 0, fd) == 0;
}

static bool
stream_pair(int domain, int protocol, const void *at, socklen_t at_n, int fd[2])
{
	struct sockaddr_storage name;
	socklen_t n = sizeof name;
	int listener = socket(domain, SOCK_STREAM, protocol);
	bool ok;

	fd[0] = socket(domain, SOCK_STREAM, protocol);
	ok = listener >= 0 && fd[0] >= 0 && bind(listener, at, at_n) == 0 &&
	     listen(listener, 1) == 0 &&
	     getsockname(listener, (struct sockaddr *)&name, &n) == 0 &&
	     connect(fd[0], (struct sockaddr *)&name, n) == 0;
	fd[1] = ok ? accept(listener, NULL, NULL) : -1;
	(void)close(listener);
	return ok && fd[1] >= 0;
}

static const struct sockaddr_in loopback = { .sin_family = AF_INET,
	.sin_addr = { .s_addr = 0x0100007f } };
static const struct sockaddr_in6 loopback6 = { .sin6_family = AF_INET6,
	.sin6_addr = IN6ADDR_LOOPBACK_INIT };

static bool
make_unix_stream(int fd[2])
{
	return unix_pair(SOCK_STREAM, fd);
}

static bool
make_unix_dgram(int fd[2])
{
	return unix_pair(SOCK_DGRAM, fd);
}

static bool
make_unix_seqpacket(int fd[2])
{
	return unix_pair(SOCK_SEQPACKET, fd);
}

static bool
make_tcp(int fd[2])
{
	return stream_pair(AF_INET, 0, &loopback, sizeof loopback, fd);
}

static bool
make_tcp6(int fd[2])
{
	return stream_pair(AF_INET6, 0, &loopback6, sizeof loopback6, fd);
}

static bool
make_mptcp(int fd[2])
{
	return stream_pair(AF_INET, IPPROTO_MPTCP, &loopback, sizeof loopback, fd);
}

static bool
make_sctp(int fd[2])
{
	return stream_pair(AF_INET, IPPROTO_SCTP, &loopback, sizeof loopback, fd);
}

static bool
make_vsock(int fd[2])
{
	const struct sockaddr_vm at = {
		.svm_family = AF_VSOCK, .svm_port = 47111, .svm_cid = VMADDR_CID_LOCAL
	};

	return stream_pair(AF_VSOCK, 0, &at, sizeof at, fd);
}

static bool
make_ktls(int fd[2])
{
	struct tls12_crypto_info_aes_gcm_128 info = { .info = { TLS_1_2_VERSION,
							      TLS_CIPHER_AES_GCM_128 } };

	return make_tcp(fd) && setsockopt(fd[0], SOL_TCP, TCP_ULP, "tls", 4) == 0 &&
	       setsockopt(fd[0], SOL_TLS, TLS_TX, &info, sizeof info) == 0;
}

static bool
make_udp_of(int domain, const void *at, socklen_t at_n, int fd[2])
{
	struct sockaddr_storage name;
	socklen_t n = sizeof name;

	fd[0] = socket(domain, SOCK_DGRAM, 0);
	fd[1] = socket(domain, SOCK_DGRAM, 0);
	return fd[0] >= 0 && fd[1] >= 0 && bind(fd[1], at, at_n) == 0 &&
	       getsockname(fd[1], (struct sockaddr *)&name, &n) == 0 &&
	       connect(fd[0], (struct sockaddr *)&name, n) == 0;
}

static bool
make_udp(int fd[2])
{
	return make_udp_of(AF_INET, &loopback, sizeof loopback, fd);
}

static bool
make_udp6(int fd[2])
{
	return make_udp_of(AF_INET6, &loopback6, sizeof loopback6, fd);
}

static bool
make_netlink(int fd[2])
{
	const struct sockaddr_nl to = { .nl_family = AF_NETLINK };

	fd[0] = socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE);
	fd[1] = fd[0] < 0 ? -1 : dup(fd[0]); /* the kernel would answer there */
	return fd[0] >= 0 && connect(fd[0], (const struct sockaddr *)&to, sizeof to) == 0;
}

static bool
make_raw(int fd[2])
{
	fd[0] = socket(AF_INET, SOCK_RAW, 253);
	fd[1] = socket(AF_INET, SOCK_RAW, 253);
	return fd[0] >= 0 && fd[1] >= 0 &&
	       connect(fd[0], (const struct sockaddr *)&loopback, sizeof loopback) == 0;
}

static bool
make_pipe(int fd[2])
{
	int ends[2];

	if (pipe(ends) != 0)
		return false;
	fd[0] = ends[1];
	fd[1] = ends[0];
	return true;
}

static const struct {
	const char *name;
	bool (*make)(int fd[2]);
	bool must; /* is everywhere */
} kinds[] = {
	{ "unix stream", make_unix_stream, true },
	{ "unix dgram", make_unix_dgram, true },
	{ "unix seqpacket", make_unix_seqpacket, true },
	{ "tcp", make_tcp, true },
	{ "tcp over IPv6", make_tcp6, false },
	{ "mptcp", make_mptcp, false },
	{ "ktls", make_ktls, false },
	{ "sctp", make_sctp, false },
	{ "vsock", make_vsock, false },
	{ "udp", make_udp, true },
	{ "udp over IPv6", make_udp6, false },
	{ "netlink", make_netlink, false },
	{ "raw", make_raw, false },
	{ "pipe", make_pipe, true },
};

static const char *const kernel_names[] = { "cbc(aes)", "ecb(aes)", "gcm(aes)",
	"hmac(sha256)" };

static const struct alg *
by_name(const char *name)
{
	for (size_t i = 0; i < algs_count; i++) {
		if (strcmp(algs[i].name, name) == 0)
			return &algs[i];
	}
	ck_abort_msg("%s", name);
	return NULL;
}

static void
expect_refusal(const char *kind, const char *name, int fd, size_t n, int flags)
{
	static uint8_t secret[200000];
	struct iovec v = { secret, n };
	struct control c;
	ssize_t r;

	memset(secret, 'S', sizeof secret);
	control_init(&c, by_name(name), true);
	r = sock_send(fd, &c, &v, 1, flags);
	ck_assert_msg(r < 0, "%s took %zd of %zu bytes (%s)", kind, r, n, name);
}

START_TEST (no_other_socket_takes_a_byte) {
	static const size_t sizes[] = { 0, 16, 1000, 200000 };
	struct pollfd peer = { .events = POLLIN };
	int fd[2] = { -1, -1 };

	if (!kinds[_i].make(fd)) {
		printf("not here: %s (%s)\n", kinds[_i].name, strerror(errno));
		ck_assert(!kinds[_i].must);
		return;
	}
	printf("tried: %s\n", kinds[_i].name);
	for (size_t a = 0; a < ARRAY_LEN(kernel_names); a++) {
		for (size_t s = 0; s < ARRAY_LEN(sizes); s++) {
			expect_refusal(
				kinds[_i].name, kernel_names[a], fd[0], sizes[s], 0);
			expect_refusal(kinds[_i].name, kernel_names[a], fd[0], sizes[s],
				MSG_MORE);
		}
	}
	/* neither now nor when it is closed, whatever was kept back because of MSG_MORE */
	peer.fd = fd[1];
	ck_assert_msg(poll(&peer, 1, 100) == 0, "%s", kinds[_i].name);
	if (strcmp(kinds[_i].name, "netlink") != 0) {
		uint8_t got[64];

		(void)close(fd[0]);
		ck_assert_int_eq(fcntl(fd[1], F_SETFL, O_NONBLOCK), 0);
		ck_assert_msg(read(fd[1], got, sizeof got) <= 0, "%s", kinds[_i].name);
	}
}
END_TEST

/* A peer that is gone is no reason to kill the application. */
START_TEST (no_signal_comes_of_it) {
	int fd[2];

	ck_assert(make_unix_stream(fd));
	(void)close(fd[1]);
	expect_refusal("unix stream", "cbc(aes)", fd[0], 16, 0);
	ck_assert(make_tcp(fd));
	(void)close(fd[1]);
	(void)shutdown(fd[0], SHUT_WR);
	expect_refusal("tcp", "cbc(aes)", fd[0], 16, 0);
}
END_TEST

START_TEST (another_file_under_the_number_is_told_apart) {
	struct sock_identity id;
	int fd[2], other[2];

	ck_assert(make_unix_stream(fd));
	ck_assert(make_unix_stream(other));
	ck_assert_int_eq(sock_identify(fd[0], &id), 0);
	ck_assert(sock_is(fd[0], &id));
	ck_assert_int_ge(dup2(other[0], fd[0]), 0);
	ck_assert(!sock_is(fd[0], &id));
	(void)close(fd[0]);
	ck_assert(!sock_is(fd[0], &id));
	ck_assert(!sock_is_alg(other[0]));
	ck_assert(!sock_is_alg(-1));
}
END_TEST

START_TEST (descriptors_go_high_and_close_on_exec) {
	int fd[2], high;

	ck_assert(make_unix_stream(fd));
	high = sock_raise(fd[0]);
	ck_assert_int_ge(high, 256);
	ck_assert_int_ne(fcntl(high, F_GETFD) & FD_CLOEXEC, 0);
	ck_assert_int_eq(fcntl(fd[0], F_GETFD), -1);
	ck_assert_int_eq(sock_raise(high), high);
}
END_TEST

static const struct check_test tests[] = {
	{ &no_other_socket_takes_a_byte, ARRAY_LEN(kinds) },
	{ &no_signal_comes_of_it, 0 },
	{ &another_file_under_the_number_is_told_apart, 0 },
	{ &descriptors_go_high_and_close_on_exec, 0 },
};
CHECK_MAIN("kcapi_poison", tests)
