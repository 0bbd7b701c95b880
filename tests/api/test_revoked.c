/* SPDX-License-Identifier: Apache-2.0 */
/* Two processes: what one of them destroys or changes ends for the other with its next
 * operation, however warm that is. */
#include "tests/api/api.h"

#include <pthread.h>
#include <signal.h>
#include <sys/prctl.h>
#include <time.h>

static CK_MECHANISM ecb = { CKM_AES_ECB, NULL, 0 };
static CK_MECHANISM ecdsa = { CKM_ECDSA_SHA256, NULL, 0 };
static const unsigned char p256[] = { 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03,
	0x01, 0x07 };

struct names {
	char aes[40], pair[40], other[40];
};

static struct names names;
static int to_user[2], to_owner[2];

static void
names_make(void)
{
	(void)snprintf(names.aes, sizeof names.aes, "aes-%d", (int)getpid());
	(void)snprintf(names.pair, sizeof names.pair, "pair-%d", (int)getpid());
	(void)snprintf(names.other, sizeof names.other, "other-%d", (int)getpid());
}

/* --- The owner: makes the objects, and ends them ------------------------------------ */

static CK_OBJECT_HANDLE
token_aes(CK_SESSION_HANDLE s, const char *name)
{
	CK_MECHANISM gen = { CKM_AES_KEY_GEN, NULL, 0 };
	const CK_ULONG size = 32;
	CK_ATTRIBUTE t[] = { ATTR(CKA_TOKEN, YES), ATTR(CKA_ENCRYPT, YES),
		ATTR(CKA_DECRYPT, YES), ATTR(CKA_VALUE_LEN, size),
		{ CKA_LABEL, (void *)(uintptr_t)name, strlen(name) } };
	CK_OBJECT_HANDLE key = 0;

	OK(F->C_GenerateKey(s, &gen, t, COUNT(t), &key));
	return key;
}

static void
token_pair(CK_SESSION_HANDLE s, CK_OBJECT_HANDLE ret[2])
{
	CK_MECHANISM gen = { CKM_EC_KEY_PAIR_GEN, NULL, 0 };
	CK_ATTRIBUTE public[] = { ATTR(CKA_TOKEN, YES), ATTR(CKA_VERIFY, YES),
		{ CKA_EC_PARAMS, (void *)(uintptr_t)p256, sizeof p256 },
		{ CKA_LABEL, names.pair, strlen(names.pair) } };
	CK_ATTRIBUTE private[] = { ATTR(CKA_TOKEN, YES), ATTR(CKA_SIGN, YES),
		{ CKA_LABEL, names.pair, strlen(names.pair) } };

	OK(F->C_GenerateKeyPair(s, &gen, public, COUNT(public), private, COUNT(private),
		&ret[0], &ret[1]));
}

static void
say(int fd)
{
	ck_assert_int_eq(write(fd, "x", 1), 1);
}

static void
hear(int fd)
{
	char c;

	ck_assert_int_eq(read(fd, &c, 1), 1);
}

static int use_until_it_ends(void);

static const struct way {
	const char *name;
	void (*end)(
		CK_SESSION_HANDLE s, CK_OBJECT_HANDLE aes, const CK_OBJECT_HANDLE *pair);
	CK_RV use, read; /* what the other process is told */
} ways[];
static const struct way *way;

/* The first reply, before it knows of the end, comes from who has been asked last. */
static void
play(int i)
{
	CK_OBJECT_HANDLE aes, pair[2], other;
	CK_SESSION_HANDLE s;
	pid_t user;

	way = &ways[i];
	names_make();
	ck_assert_int_eq(pipe(to_user), 0);
	ck_assert_int_eq(pipe(to_owner), 0);
	user = api_child_start(use_until_it_ends);
	close(to_owner[1]);
	s = api_start();
	aes = token_aes(s, names.aes);
	other = token_aes(s, names.other);
	token_pair(s, pair);
	say(to_user[1]);
	hear(to_owner[0]);
	way->end(s, aes, pair);
	say(to_user[1]);
	hear(to_owner[0]);
	api_child_end(user);
	OK(F->C_DestroyObject(s, other));
	api_stop();
}

/* --- The user: has everything warm --------------------------------------------------- */

static CK_OBJECT_HANDLE
find(CK_SESSION_HANDLE s, CK_OBJECT_CLASS class, const char *name)
{
	CK_ATTRIBUTE t[] = { ATTR(CKA_CLASS, class),
		{ CKA_LABEL, (void *)(uintptr_t)name, strlen(name) } };
	CK_OBJECT_HANDLE found = 0;
	CK_ULONG n = 0;

	OK(F->C_FindObjectsInit(s, t, COUNT(t)));
	OK(F->C_FindObjects(s, &found, 1, &n));
	OK(F->C_FindObjectsFinal(s));
	ck_assert_uint_eq(n, 1);
	return found;
}

static CK_RV
encrypt(CK_SESSION_HANDLE s, CK_OBJECT_HANDLE key)
{
	unsigned char block[16] = { 0 };
	CK_ULONG n = sizeof block;
	CK_RV rv = F->C_EncryptInit(s, &ecb, key);

	return rv == CKR_OK ? F->C_Encrypt(s, block, 16, block, &n) : rv;
}

static CK_RV
verify(CK_SESSION_HANDLE s, CK_OBJECT_HANDLE key)
{
	unsigned char data[10] = { 0 }, signature[64] = { 1 };
	CK_RV rv = F->C_VerifyInit(s, &ecdsa, key);

	return rv == CKR_OK ? F->C_Verify(s, data, 10, signature, 64) : rv;
}

static CK_RV
read_label(CK_SESSION_HANDLE s, CK_OBJECT_HANDLE o)
{
	char label[64];
	CK_ATTRIBUTE a = { CKA_LABEL, label, sizeof label };

	return F->C_GetAttributeValue(s, o, &a, 1);
}

static int
use_until_it_ends(void)
{
	CK_SESSION_HANDLE s, part, begun, checking;
	CK_OBJECT_HANDLE aes, public, private, other;
	unsigned char block[32] = { 0 }, signature[64] = { 1 };
	CK_ULONG n = sizeof block, size = 0;

	hear(to_user[0]);
	s = api_start();
	part = api_session(0);
	begun = api_session(0);
	checking = api_session(0);
	aes = find(s, CKO_SECRET_KEY, names.aes);
	other = find(s, CKO_SECRET_KEY, names.other);
	public = find(s, CKO_PUBLIC_KEY, names.pair);
	private = find(s, CKO_PRIVATE_KEY, names.pair);
	OK(F->C_GetObjectSize(s, private, &size));
	for (int i = 0; i < 5; i++) {
		OK(encrypt(s, aes));
		OK(encrypt(s, other));
		IS(CKR_SIGNATURE_INVALID, verify(s, public));
		OK(read_label(s, aes));
	}
	/* one of which a part is done, two of which only Init is */
	OK(F->C_EncryptInit(part, &ecb, aes));
	OK(F->C_EncryptUpdate(part, block, 16, block, &n));
	OK(F->C_EncryptInit(begun, &ecb, aes));
	OK(F->C_VerifyInit(checking, &ecdsa, public));
	say(to_owner[1]);
	hear(to_user[0]);
	n = sizeof block;
	IS(way->use, F->C_EncryptUpdate(part, block, 16, block, &n));
	n = sizeof block;
	IS(way->use, F->C_Encrypt(begun, block, 16, block, &n));
	IS(way->use, F->C_Verify(checking, block, 10, signature, 64));
	IS(way->read, F->C_GetObjectSize(s, private, &size));
	for (int i = 0; i < 3; i++) {
		IS(way->use, encrypt(s, aes));
		IS(way->use, verify(s, public));
		IS(way->read, read_label(s, aes));
		OK(encrypt(s, other));
	}
	say(to_owner[1]);
	api_stop();
	return 0;
}

/* --- Ways to end it -------------------------------------------------------------------- */

static void
by_destroying(CK_SESSION_HANDLE s, CK_OBJECT_HANDLE aes, const CK_OBJECT_HANDLE *pair)
{
	OK(F->C_DestroyObject(s, aes));
	OK(F->C_DestroyObject(s, pair[0]));
	OK(F->C_DestroyObject(s, pair[1]));
}

static void
by_forbidding(CK_SESSION_HANDLE s, CK_OBJECT_HANDLE aes, const CK_OBJECT_HANDLE *pair)
{
	CK_ATTRIBUTE encrypt_no = ATTR(CKA_ENCRYPT, NO), verify_no = ATTR(CKA_VERIFY, NO);

	OK(F->C_SetAttributeValue(s, aes, &encrypt_no, 1));
	OK(F->C_SetAttributeValue(s, pair[0], &verify_no, 1));
}

static const struct way ways[] = {
	{ "destroyed", by_destroying, CKR_KEY_HANDLE_INVALID, CKR_OBJECT_HANDLE_INVALID },
	{ "forbidden", by_forbidding, CKR_KEY_FUNCTION_NOT_PERMITTED, CKR_OK },
};

START_TEST (what_one_process_ends_has_ended_for_the_other) {
	play(_i);
}
END_TEST

/* --- By an administrator ---------------------------------------------------------------- */

static int
has_ended(CK_RV rv)
{
	return rv == CKR_KEY_HANDLE_INVALID || rv == CKR_OBJECT_HANDLE_INVALID ||
	       rv == CKR_USER_NOT_LOGGED_IN || rv == CKR_TOKEN_NOT_PRESENT ||
	       rv == CKR_DEVICE_REMOVED || rv == CKR_SESSION_HANDLE_INVALID;
}

static CK_FLAGS
slot_flags(CK_SLOT_ID slot)
{
	CK_SLOT_INFO info;

	OK(F->C_GetSlotInfo(slot, &info));
	return info.flags;
}

static bool
is_listed(CK_SLOT_ID slot, CK_BBOOL present)
{
	CK_SLOT_ID slots[16];
	CK_ULONG n = COUNT(slots);
	bool found = false;

	OK(F->C_GetSlotList(present, slots, &n));
	for (CK_ULONG i = 0; i < n; i++)
		found = found || slots[i] == slot;
	return found;
}

/* It stays for who knows it, without a token. 3.2: only of a removable one may that be. */
static void
slot_is_empty(CK_SLOT_ID slot)
{
	CK_ULONG mechanisms;
	CK_MECHANISM_INFO mechanism;
	CK_TOKEN_INFO info;

	for (unsigned i = 0; i < slower(200); i++) {
		if ((slot_flags(slot) & CKF_TOKEN_PRESENT) == 0)
			break;
		usleep(50000);
	}
	ck_assert_uint_eq(slot_flags(slot), CKF_HW_SLOT | CKF_REMOVABLE_DEVICE);
	IS(CKR_TOKEN_NOT_PRESENT, F->C_GetTokenInfo(slot, &info));
	IS(CKR_TOKEN_NOT_PRESENT, F->C_GetMechanismList(slot, NULL, &mechanisms));
	IS(CKR_TOKEN_NOT_PRESENT, F->C_GetMechanismInfo(slot, CKM_AES_CBC, &mechanism));
	ck_assert(is_listed(slot, CK_FALSE));
	ck_assert(!is_listed(slot, CK_TRUE));
}

/* Names are in the environment. */
static void
shell(const char *command)
{
	ck_assert_msg(system(command) == 0, "%s", command);
}

/* Ours, in place of the stack's. */
static pid_t keystored;

static void
keystored_kill(void)
{
	const pid_t stacks = (pid_t)atol(api_env("KEYSTORED_PID"));

	(void)kill(keystored != 0 ? keystored : stacks, SIGKILL);
	if (keystored != 0)
		ck_assert_int_eq(waitpid(keystored, NULL, 0), keystored);
	for (unsigned i = 0; i < slower(100) && kill(stacks, 0) == 0; i++)
		usleep(20000);
}

static void
keystored_start(void)
{
	const char *program = api_env("KEYSTORED");

	shell("cd \"$STACK_DIR\" && rm -f again && "
	      "sed \"s|^address = .*|address = $KEYSTORED_ADDRESS|\" keystored.ini "
	      ">again.ini");
	ck_assert_int_eq(chdir(api_env("STACK_DIR")), 0);
	keystored = fork();
	ck_assert_int_ge(keystored, 0);
	if (keystored == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		(void)execl(program, program, "--config", "again.ini", "--port-file",
			"again", (char *)NULL);
		_exit(127);
	}
	for (unsigned i = 0; i < slower(200) && access("again", F_OK) != 0; i++)
		usleep(50000);
}

static void
session_is_closed(CK_SESSION_HANDLE s)
{
	CK_MECHANISM sha256 = { CKM_SHA256, NULL, 0 };
	CK_SESSION_INFO info;
	CK_BYTE random[8];

	IS(CKR_SESSION_HANDLE_INVALID, F->C_GetSessionInfo(s, &info));
	IS(CKR_SESSION_HANDLE_INVALID, F->C_DigestInit(s, &sha256));
	IS(CKR_SESSION_HANDLE_INVALID, F->C_GenerateRandom(s, random, sizeof random));
	IS(CKR_SESSION_HANDLE_INVALID, F->C_CloseSession(s));
}

struct busy {
	CK_SESSION_HANDLE session;
	CK_RV rv; /* that ended it */
};

/* Beside the call that hears of it, for a while that is long enough for the token to go. */
static void *
digest_until_closed(void *arg)
{
	CK_MECHANISM sha256 = { CKM_SHA256, NULL, 0 };
	const time_t until = time(NULL) + (time_t)slower(60);
	unsigned char digest[32], data[4096] = { 0 };
	struct busy *b = arg;

	while (b->rv == CKR_OK && time(NULL) < until) {
		CK_ULONG n = sizeof digest;

		b->rv = F->C_DigestInit(b->session, &sha256);
		if (b->rv == CKR_OK)
			b->rv = F->C_Digest(b->session, data, sizeof data, digest, &n);
	}
	return NULL;
}

/* Nothing of what was open before is in the way of who sets it up anew. */
static void
token_comes_back(CK_SLOT_ID slot, CK_SESSION_HANDLE before)
{
	const char *pin = api_env("SO_PIN");
	CK_UTF8CHAR label[32];
	CK_SESSION_HANDLE s;
	CK_SESSION_INFO session;
	CK_TOKEN_INFO info;

	for (unsigned i = 0; i < slower(600); i++) {
		if ((slot_flags(slot) & CKF_TOKEN_PRESENT) != 0)
			break;
		usleep(50000);
	}
	OK(F->C_GetTokenInfo(slot, &info));
	ck_assert_uint_eq(info.ulSessionCount, 0);
	ck_assert_uint_eq(info.ulRwSessionCount, 0);
	ck_assert_uint_eq(slot_flags(slot), CKF_HW_SLOT | CKF_TOKEN_PRESENT);
	ck_assert(is_listed(slot, CK_TRUE));
	session_is_closed(before);
	OK(F->C_OpenSession(slot, CKF_SERIAL_SESSION | CKF_RW_SESSION, NULL, NULL, &s));
	OK(F->C_GetSessionInfo(s, &session));
	ck_assert_uint_eq(session.state, CKS_RW_PUBLIC_SESSION);
	OK(api_login(s, CKU_SO));
	OK(F->C_CloseSession(s));
	memset(label, ' ', sizeof label);
	OK(F->C_InitToken(slot, (CK_UTF8CHAR *)(uintptr_t)pin, strlen(pin), label));
}

/* Nobody tells the process: it hears of it as its keyringd does. The last test: it takes the
 * stack's keystored away. */
START_TEST (token_that_is_deleted_takes_its_keys_and_sessions_along) {
	char command[2048];
	CK_SESSION_HANDLE s, other;
	CK_SESSION_INFO session;
	CK_SLOT_ID slot;
	CK_OBJECT_HANDLE aes, pair[2];
	struct busy busy = { .rv = CKR_OK };
	pthread_t thread;

	names_make();
	s = api_start();
	other = api_session(0);
	busy.session = api_session(0);
	slot = api_slot();
	/* a token whose keystore is away has not gone */
	keystored_kill();
	shell("cd \"$STACK_DIR/data\" && mkdir kept && cp keystore.db* kept");
	ck_assert_uint_eq(slot_flags(slot), CKF_HW_SLOT | CKF_TOKEN_PRESENT);
	OK(F->C_GetSessionInfo(s, &session));
	keystored_start();
	ck_assert_uint_eq(slot_flags(slot), CKF_HW_SLOT | CKF_TOKEN_PRESENT);
	aes = token_aes(s, names.aes);
	token_pair(s, pair);
	for (int i = 0; i < 5; i++) {
		OK(encrypt(s, aes));
		IS(CKR_SIGNATURE_INVALID, verify(s, pair[0]));
		OK(read_label(s, aes));
	}
	(void)snprintf(command, sizeof command,
		"%s --keystore %s --ca %s --cert %s --key %s token delete '%s' --force "
		"--yes >/dev/null",
		api_env("TOKENCTL"), api_env("KEYSTORED_ADDRESS"), api_env("CA_CERT"),
		api_env("ADMIN_CERT"), api_env("ADMIN_KEY"), api_env("TOKEN_LABEL"));
	ck_assert_int_eq(pthread_create(&thread, NULL, digest_until_closed, &busy), 0);
	shell(command);
	for (unsigned i = 0; i < slower(200); i++) {
		if (encrypt(s, aes) != CKR_OK)
			break;
		usleep(50000);
	}
	for (int i = 0; i < 3; i++) {
		const CK_RV rvs[] = { encrypt(s, aes), verify(s, pair[0]),
			read_label(s, aes) };

		for (size_t k = 0; k < COUNT(rvs); k++)
			ck_assert_msg(
				has_ended(rvs[k]), "call %zu answers %#lx", k, rvs[k]);
	}
	/* a call that was told so is enough */
	session_is_closed(s);
	slot_is_empty(slot);
	ck_assert_int_eq(pthread_join(thread, NULL), 0);
	IS(CKR_SESSION_HANDLE_INVALID, busy.rv);
	IS(CKR_TOKEN_NOT_PRESENT, F->C_CloseAllSessions(slot));
	IS(CKR_TOKEN_NOT_PRESENT,
		F->C_OpenSession(slot, CKF_SERIAL_SESSION, NULL, NULL, &s));
	keystored_kill();
	shell("cd \"$STACK_DIR/data\" && rm keystore.db* && cp kept/* .");
	keystored_start();
	token_comes_back(slot, other);
	api_stop();
}
END_TEST

static const struct check_test tests[] = {
	{ &what_one_process_ends_has_ended_for_the_other, (int)COUNT(ways) },
	{ &token_that_is_deleted_takes_its_keys_and_sessions_along, 0 },
};

CHECK_MAIN("api_revoked", tests)
