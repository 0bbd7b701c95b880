/* SPDX-License-Identifier: Apache-2.0 */
/*
 * AF_ALG's system calls: making a transform, accepting operation sockets, and sending so
 * that nothing but AF_ALG takes it.
 */
#pragma once

#include <sys/socket.h>
#include <sys/types.h>
#include <sys/uio.h>

#include "kcapi_backend/algs.h"

/* Which open file a descriptor was, when we made it. */
struct sock_identity {
	dev_t dev;
	ino_t ino;
};

enum sock_keying { SOCK_UNKEYED, SOCK_SERIAL, SOCK_BYTES };

struct sock_key {
	enum sock_keying how;
	int32_t serial;
	struct bytes value;
};

/* A bound, keyed transform, close-on-exec and out of the way. tag: of an AEAD, bytes; else 0.
 * ret_step, if not NULL, is set to the step that failed: "socket", "bind", "key".
 * -ENOENT, -EAFNOSUPPORT: no such algorithm, no AF_ALG; -ERANGE: a key of that size;
 * -ENOPROTOOPT: no keying by serial; -ENOKEY, -EKEYREVOKED, -EKEYEXPIRED, -EACCES: the key;
 * -EMFILE, -ENOMEM. */
int sock_transform(const struct alg *a, const struct sock_key *key, unsigned tag,
	int *ret, const char **ret_step) MUST_CHECK;
int sock_accept(int fd, int *ret) MUST_CHECK;
/* To a high number, closed by exec; fd itself where that cannot be done. */
int sock_raise(int fd) MUST_CHECK;
bool sock_is_alg(int fd) MUST_CHECK;
int sock_identify(int fd, struct sock_identity *ret) MUST_CHECK;
bool sock_is(int fd, const struct sock_identity *id) MUST_CHECK;
/* Bytes that one operation can take in and give out. raise: make it as much as this
 * process may, up to want. */
size_t sock_room(int fd, size_t want) MUST_CHECK;

/*
 * The control messages of a send: the operation, its IV and the length of what is only
 * authenticated, and then the poison: messages that AF_ALG skips because they are
 * not its own, and that every other kind of socket refuses before it takes a byte.
 *   level SOL_SOCKET, undefined type: unix, TCP, UDP, raw, packet, netlink
 *   level SOL_TLS, undefined type: TCP with kTLS, which looks at no other level
 *   an address: vsock and what else is connected and takes none; CAN, SCTP: bad family
 *   MSG_FASTOPEN with that address: MPTCP, which ignores all of the others; SMC
 */
#define CONTROL_BYTES 160u

struct control {
	_Alignas(struct cmsghdr) uint8_t bytes[CONTROL_BYTES];
	size_t n;
	uint8_t *iv;    /* in bytes; NULL: none */
	uint8_t *assoc; /* in bytes: a uint32_t; NULL: none */
};

void control_init(struct control *c, const struct alg *a, bool encrypt);
/* Of a cipher or AEAD. */
void control_set_encrypt(struct control *c, bool encrypt);
void control_set_assoc(struct control *c, uint32_t n);

/* One sendmsg: bytes taken, or a negative errno. flags: MSG_MORE. Never blocks, no
 * SIGPIPE. */
ssize_t sock_send(int fd, const struct control *c, const struct iovec *v, size_t n,
	int flags) MUST_CHECK;
/* One recvmsg. */
ssize_t sock_receive(int fd, const struct iovec *v, size_t n) MUST_CHECK;
