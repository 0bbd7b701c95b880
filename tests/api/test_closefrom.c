/* SPDX-License-Identifier: Apache-2.0 */
/* An application that closes all descriptors and opens its own under the same numbers:
 * not a byte of the module's reaches them, none of them is closed, and what is called
 * works or fails cleanly. */
#include "tests/api/kernel.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <sys/stat.h>

#define NUMBERS 2048

static const unsigned char value[32] = "0123456789abcdefghijklmnopqrstuv";
static unsigned char block[16] = "sixteen letters";
static CK_SESSION_HANDLE session;
static CK_OBJECT_HANDLE hidden, readable, mac_key, token_key;

/* --- Descriptors of an application ----------------------------------------------------- */

/* ret[0] goes where the module's was; what is written to it is to be read from ret[1]. */
static void
unix_pair(int type, int ret[2])
{
	ck_assert_int_eq(socketpair(AF_UNIX, type, 0, ret), 0);
}

static void
unix_stream(int ret[2])
{
	unix_pair(SOCK_STREAM, ret);
}

static void
unix_datagram(int ret[2])
{
	unix_pair(SOCK_DGRAM, ret);
}

static void
unix_packet(int ret[2])
{
	unix_pair(SOCK_SEQPACKET, ret);
}

static int
loopback(int type, struct sockaddr_in *at)
{
	const int fd = socket(AF_INET, type, 0);
	socklen_t n = sizeof *at;

	*at = (struct sockaddr_in){ .sin_family = AF_INET,
		.sin_addr = { htonl(INADDR_LOOPBACK) } };
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)at, sizeof *at), 0);
	ck_assert_int_eq(getsockname(fd, (struct sockaddr *)at, &n), 0);
	return fd;
}

static void
udp(int ret[2])
{
	struct sockaddr_in at;

	ret[1] = loopback(SOCK_DGRAM, &at);
	ret[0] = socket(AF_INET, SOCK_DGRAM, 0);
	ck_assert_int_eq(connect(ret[0], (struct sockaddr *)&at, sizeof at), 0);
}

static void
tcp(int ret[2])
{
	struct sockaddr_in at;
	const int listener = loopback(SOCK_STREAM, &at);

	ck_assert_int_eq(listen(listener, 1), 0);
	ret[0] = socket(AF_INET, SOCK_STREAM, 0);
	ck_assert_int_eq(connect(ret[0], (struct sockaddr *)&at, sizeof at), 0);
	ret[1] = accept(listener, NULL, NULL);
	ck_assert_int_ge(ret[1], 0);
	close(listener);
}

static void
pipe_writer(int ret[2])
{
	int both[2];

	ck_assert_int_eq(pipe(both), 0);
	ret[0] = both[1];
	ret[1] = both[0];
}

static void
file(int ret[2])
{
	FILE *f = tmpfile();

	ck_assert_ptr_nonnull(f);
	ret[0] = dup(fileno(f));
	ret[1] = dup(fileno(f));
	(void)fclose(f);
}

static void (*const kinds[])(int ret[2]) = { unix_stream, unix_datagram, unix_packet, udp,
	tcp, pipe_writer, file };

/* --- Ours and theirs ------------------------------------------------------------------ */

static char before[NUMBERS];
static struct {
	int peer; /* 0: not replaced */
	ino_t ino;
} theirs[NUMBERS];

static void
note_open(void)
{
	for (int fd = 0; fd < NUMBERS; fd++)
		before[fd] = fcntl(fd, F_GETFD) >= 0;
}

/* Every descriptor that the module has opened is closed, and its number used. */
static int
replace_all(void (*make)(int ret[2]))
{
	char ours[NUMBERS];
	struct stat st;
	int n = 0;

	for (int fd = 0; fd < NUMBERS; fd++)
		ours[fd] = !before[fd] && fcntl(fd, F_GETFD) >= 0;
	for (int fd = 0; fd < NUMBERS; fd++)
		if (ours[fd])
			close(fd);
	for (int fd = 0; fd < NUMBERS; fd++) {
		int pair[2];

		if (!ours[fd])
			continue;
		make(pair);
		ck_assert_int_eq(dup2(pair[0], fd), fd);
		if (pair[0] != fd)
			close(pair[0]);
		/* nor may a number of ours be taken by the other end */
		theirs[fd].peer = fcntl(pair[1], F_DUPFD, NUMBERS);
		close(pair[1]);
		ck_assert_int_eq(fstat(fd, &st), 0);
		theirs[fd].ino = st.st_ino;
		n++;
	}
	return n;
}

static void
check_untouched(const char *when)
{
	for (int fd = 0; fd < NUMBERS; fd++) {
		struct stat st;
		char byte;
		ssize_t n;

		if (theirs[fd].peer == 0)
			continue;
		ck_assert_msg(fstat(fd, &st) == 0 && st.st_ino == theirs[fd].ino,
			"%s: descriptor %d was closed", when, fd);
		ck_assert_int_eq(fcntl(theirs[fd].peer, F_SETFL, O_NONBLOCK), 0);
		n = S_ISREG(st.st_mode) ? st.st_size : read(theirs[fd].peer, &byte, 1);
		ck_assert_msg(n <= 0, "%s: descriptor %d was sent something", when, fd);
	}
}

/* --- Calls ------------------------------------------------------------------------------- */

static unsigned char expected_block[16], expected_mac[32], expected_digest[32];

static CK_RV
encrypt(CK_OBJECT_HANDLE key, unsigned char out[16])
{
	CK_MECHANISM ecb = { CKM_AES_ECB, NULL, 0 };
	CK_ULONG n = 16;
	CK_RV rv = F->C_EncryptInit(session, &ecb, key);

	return rv == CKR_OK ? F->C_Encrypt(session, block, 16, out, &n) : rv;
}

static CK_RV
sign(unsigned char out[32])
{
	CK_MECHANISM hmac = { CKM_SHA256_HMAC, NULL, 0 };
	CK_ULONG n = 32;
	CK_RV rv = F->C_SignInit(session, &hmac, mac_key);

	return rv == CKR_OK ? F->C_Sign(session, block, 16, out, &n) : rv;
}

static CK_RV
digest(unsigned char out[32])
{
	CK_MECHANISM sha = { CKM_SHA256, NULL, 0 };
	CK_ULONG n = 32;
	CK_RV rv = F->C_DigestInit(session, &sha);

	return rv == CKR_OK ? F->C_Digest(session, block, 16, out, &n) : rv;
}

static CK_OBJECT_HANDLE
make_token_key(void)
{
	CK_MECHANISM gen = { CKM_AES_KEY_GEN, NULL, 0 };
	const CK_ULONG size = 32;
	CK_ATTRIBUTE t[] = { ATTR(CKA_TOKEN, YES), ATTR(CKA_ENCRYPT, YES),
		ATTR(CKA_DECRYPT, YES), ATTR(CKA_VALUE_LEN, size) };
	CK_OBJECT_HANDLE key = 0;

	OK(F->C_GenerateKey(session, &gen, t, COUNT(t), &key));
	return key;
}

/* Twice at least, so that all sockets are there that will be. */
static void
warm_up(void)
{
	session = api_start();
	hidden = api_key(session, CKK_AES, value, sizeof value, 0);
	readable = api_key(session, CKK_AES, value, sizeof value, 1);
	mac_key = api_key(session, CKK_SHA256_HMAC, value, sizeof value, 0);
	token_key = make_token_key();
	for (int i = 0; i < 3; i++) {
		unsigned char out[16];

		OK(encrypt(hidden, expected_block));
		OK(encrypt(readable, out));
		ck_assert_mem_eq(out, expected_block, 16);
		OK(encrypt(token_key, out));
		OK(sign(expected_mac));
		OK(digest(expected_digest));
	}
}

/* Wrong is a result that is not what it was. An error is none: with its last connection
 * keyringd forgets the client, and with that go the login and private session objects. */
static void
call_everything(void)
{
	unsigned char out[32];
	CK_OBJECT_HANDLE found, fresh;
	CK_ULONG n = 0;

	if (encrypt(readable, out) == CKR_OK)
		ck_assert_mem_eq(out, expected_block, 16);
	if (encrypt(hidden, out) == CKR_OK)
		ck_assert_mem_eq(out, expected_block, 16);
	if (sign(out) == CKR_OK)
		ck_assert_mem_eq(out, expected_mac, 32);
	if (digest(out) == CKR_OK)
		ck_assert_mem_eq(out, expected_digest, 32);
	(void)encrypt(token_key, out);
	(void)F->C_GenerateRandom(session, out, sizeof out);
	if (F->C_FindObjectsInit(session, NULL, 0) == CKR_OK) {
		(void)F->C_FindObjects(session, &found, 1, &n);
		OK(F->C_FindObjectsFinal(session));
	}
	(void)F->C_Logout(session);
	/* with a PIN in it, which nobody but keyringd may see */
	OK(api_login(session, CKU_USER));
	for (int readable_too = 0; readable_too < 2; readable_too++) {
		fresh = api_key(session, CKK_AES, value, sizeof value, readable_too);
		for (int i = 0; i < 3; i++)
			OK(encrypt(fresh, out));
		ck_assert_mem_eq(out, expected_block, 16);
	}
	OK(digest(out));
	ck_assert_mem_eq(out, expected_digest, 32);
}

START_TEST (nothing_reaches_descriptors_that_took_the_numbers_of_ours) {
	note_open();
	warm_up();
	ck_assert_int_gt(replace_all(kinds[_i]), 0);
	for (int i = 0; i < 3; i++) {
		call_everything();
		check_untouched("calls");
	}
	OK(F->C_Finalize(NULL));
	check_untouched("C_Finalize");
	(void)dlclose(api_module);
}
END_TEST

/* A right answer, or one of the errors that are named. */
static void
goes_on_or(const char *what, CK_RV rv, const CK_RV *errors, size_t n,
	const unsigned char *got, const unsigned char *wanted, size_t size)
{
	int named = rv == CKR_OK;

	for (size_t i = 0; i < n; i++)
		named |= rv == errors[i];
	ck_assert_msg(named, "%s: %#lx", what, rv);
	if (rv == CKR_OK)
		ck_assert_mem_eq(got, wanted, size);
}

/* What a digest in parts has taken may be on a socket, and is lost with it. A kernel's key opens
 * others; one of keyringd's is gone with the client, and so is its operation over there, or,
 * of one in parts, the socket that was passed for it. */
static const CK_RV socket_lost[] = { CKR_DEVICE_ERROR };
static const CK_RV client_lost[] = { CKR_KEY_HANDLE_INVALID,
	CKR_OPERATION_NOT_INITIALIZED, CKR_USER_NOT_LOGGED_IN };
static const CK_RV either_lost[] = { CKR_KEY_HANDLE_INVALID,
	CKR_OPERATION_NOT_INITIALIZED, CKR_USER_NOT_LOGGED_IN, CKR_DEVICE_ERROR };

START_TEST (operations_that_were_begun_go_on_or_end) {
	CK_MECHANISM sha = { CKM_SHA256, NULL, 0 }, ecb = { CKM_AES_ECB, NULL, 0 };
	CK_SESSION_HANDLE part;
	unsigned char out[64];
	CK_ULONG n = sizeof out;
	bool stays;
	CK_RV rv;

	note_open();
	warm_up();
	stays = api_custody(session, hidden) == CK_KT_CUSTODY_KERNEL;
	part = api_session(0);
	OK(F->C_DigestInit(part, &sha));
	OK(F->C_DigestUpdate(part, block, 16));
	OK(F->C_EncryptInit(part, &ecb, hidden));
	OK(F->C_EncryptUpdate(part, block, 16, out, &n));
	OK(F->C_EncryptInit(session, &ecb, hidden));
	(void)replace_all(kinds[_i]);
	n = 32;
	rv = F->C_DigestFinal(part, out, &n);
	goes_on_or("the digest", rv, socket_lost, COUNT(socket_lost), out,
		expected_digest, 32);
	n = sizeof out;
	rv = F->C_EncryptUpdate(part, block, 16, out, &n);
	goes_on_or("a part", rv, either_lost, stays ? 0 : COUNT(either_lost), out,
		expected_block, 16);
	n = sizeof out;
	rv = F->C_Encrypt(session, block, 16, out, &n);
	/* nothing was passed for this one that it could not do without */
	goes_on_or("a call", rv, client_lost, stays ? 0 : COUNT(client_lost), out,
		expected_block, 16);
	check_untouched("parts");
	OK(F->C_Finalize(NULL));
	check_untouched("C_Finalize");
	(void)dlclose(api_module);
}
END_TEST

static const struct check_test tests[] = {
	{ &nothing_reaches_descriptors_that_took_the_numbers_of_ours, (int)COUNT(kinds) },
	{ &operations_that_were_begun_go_on_or_end, (int)COUNT(kinds) },
};

CHECK_MAIN("api_closefrom", tests)
