/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Keys on the token, and programs that hold them:
 *   keys create LABEL aes|hmac HEX|-  USE[,USE...] [MECHANISM,...]
 *                      -: random bytes; USE: encrypt decrypt sign verify wrap unwrap
 *                      derive; MECHANISM (a number): CKA_ALLOWED_MECHANISMS
 *   keys destroy LABEL
 *   keys session COUNT makes that many sensitive session keys, uses each, says "made"
 *                      with their custody, and waits for its stdin to end; then ends
 *                      without C_Finalize. exec-session executes sleep then
 *   keys hold LABEL MS uses the key every MS milliseconds with AES-CBC, until its stdin
 *                      ends, and says:
 *                        ready SOCKETS        used some times already
 *                        now CKR LAST FIRST   operations answer this now. LAST: when the
 *                                             last that answered otherwise began, FIRST:
 *                                             the first that answers so
 *                        slow CKR BEGAN ENDED an operation that took more than a second
 *                        logout CKR           at the end, of an operation after C_Logout
 *   keys login LABEL MS  as hold, and logs in again, and finds the key again, when it has to
 * Times are in milliseconds of CLOCK_MONOTONIC. create and destroy say "done BEGAN ENDED".
 */
#include <poll.h>
#include <time.h>
#include <unistd.h>

#include "tests/vm/programs/client.h"

#define MAX_MECHANISMS 8u

static CK_SESSION_HANDLE session;

static double
ms(void)
{
	return now() * 1000;
}

/* ---- create, destroy */

static const struct use {
	const char *name;
	CK_ATTRIBUTE_TYPE type;
} uses[] = {
	{ "encrypt", CKA_ENCRYPT },
	{ "decrypt", CKA_DECRYPT },
	{ "sign", CKA_SIGN },
	{ "verify", CKA_VERIFY },
	{ "wrap", CKA_WRAP },
	{ "unwrap", CKA_UNWRAP },
	{ "derive", CKA_DERIVE },
};

static bool
word_in(const char *word, const char *list)
{
	const size_t n = strlen(word);

	for (; list != NULL; list = strchr(list, ',')) {
		list += *list == ',';
		if (strncmp(list, word, n) == 0 && (list[n] == ',' || list[n] == '\0'))
			return true;
	}
	return false;
}

static CK_ULONG
value_read(const char *hex, CK_BYTE *value, CK_ULONG max)
{
	CK_ULONG n = 0;
	unsigned byte;

	if (strcmp(hex, "-") == 0) {
		must(F->C_GenerateRandom(session, value, max), "C_GenerateRandom");
		return max;
	}
	while (n < max && sscanf(hex + 2 * n, "%2x", &byte) == 1)
		value[n++] = (CK_BYTE)byte;
	return n;
}

static CK_ULONG
mechanisms_read(char *list, CK_MECHANISM_TYPE *to)
{
	CK_ULONG n = 0;

	for (char *word = strtok(list, ","); word != NULL && n < MAX_MECHANISMS;
		word = strtok(NULL, ","))
		to[n++] = strtoul(word, NULL, 0);
	return n;
}

static void
create(char **w, int words)
{
	static const CK_OBJECT_CLASS class = CKO_SECRET_KEY;
	static const CK_BBOOL yes = CK_TRUE, no = CK_FALSE;
	const CK_KEY_TYPE type = strcmp(w[1], "aes") == 0 ? CKK_AES : CKK_GENERIC_SECRET;
	CK_MECHANISM_TYPE mechanisms[MAX_MECHANISMS];
	CK_BYTE value[32];
	CK_OBJECT_HANDLE key = 0;
	CK_ATTRIBUTE t[16] = { ATTR(CKA_CLASS, class), ATTR(CKA_KEY_TYPE, type),
		ATTR(CKA_TOKEN, yes), ATTR(CKA_PRIVATE, yes), ATTR(CKA_SENSITIVE, yes),
		ATTR(CKA_EXTRACTABLE, no), { CKA_LABEL, w[0], strlen(w[0]) },
		{ CKA_VALUE, value, value_read(w[2], value, sizeof value) } };
	CK_ULONG n = 8;

	for (size_t i = 0; i < COUNT(uses); i++)
		t[n++] = (CK_ATTRIBUTE){ uses[i].type,
			(void *)(uintptr_t)(word_in(uses[i].name, w[3]) ? &yes : &no),
			sizeof yes };
	if (words > 4) {
		t[n] = (CK_ATTRIBUTE){ CKA_ALLOWED_MECHANISMS, mechanisms, 0 };
		t[n].ulValueLen = mechanisms_read(w[4], mechanisms) * sizeof *mechanisms;
		n++;
	}
	must(F->C_CreateObject(session, t, n, &key), "C_CreateObject");
}

static CK_RV
find(const char *label, CK_OBJECT_HANDLE *ret)
{
	CK_ATTRIBUTE t = { CKA_LABEL, (void *)(uintptr_t)label, strlen(label) };
	CK_ULONG n = 0;
	CK_RV rv = F->C_FindObjectsInit(session, &t, 1);

	if (rv == CKR_OK)
		rv = F->C_FindObjects(session, ret, 1, &n);
	(void)F->C_FindObjectsFinal(session);
	return rv == CKR_OK && n == 0 ? CKR_OBJECT_HANDLE_INVALID : rv;
}

static void
destroy(char **w, int words)
{
	CK_OBJECT_HANDLE key;

	(void)words;
	must(find(w[0], &key), "the key");
	must(F->C_DestroyObject(session, key), "C_DestroyObject");
}

/* ---- session, hold */

static CK_RV
encrypt(CK_OBJECT_HANDLE key)
{
	static CK_BYTE in[32], out[48];
	CK_BYTE iv[16] = { 0 };
	CK_MECHANISM m = { CKM_AES_CBC, iv, sizeof iv };
	CK_ULONG n = sizeof out;
	CK_RV rv = F->C_EncryptInit(session, &m, key);

	return rv == CKR_OK ? F->C_Encrypt(session, in, sizeof in, out, &n) : rv;
}

/* Until stdin has something, or is at its end: at most so long. */
static bool
stdin_ends(int timeout_ms)
{
	struct pollfd p = { .fd = STDIN_FILENO, .events = POLLIN };

	return poll(&p, 1, timeout_ms) != 0;
}

static void
session_keys(unsigned long n)
{
	CK_OBJECT_HANDLE key = 0;

	for (unsigned long i = 0; i < n; i++) {
		CK_BYTE value[32] = { (CK_BYTE)i, (CK_BYTE)(i >> 8) };

		key = key_import(session, WAY_KERNEL, CKK_AES, value, sizeof value);
		must(encrypt(key), "encryption");
	}
	(void)printf("made %s\n", custody_name(key_custody(session, key)));
	(void)fflush(stdout);
	(void)stdin_ends(-1);
}

static void
hold_session(char **w, int words)
{
	(void)words;
	session_keys(strtoul(w[0], NULL, 10));
	_exit(0);
}

static void
exec_session(char **w, int words)
{
	(void)words;
	session_keys(strtoul(w[0], NULL, 10));
	(void)execlp("sleep", "sleep", "60", (char *)NULL);
	_exit(127);
}

struct holder {
	const char *label;
	CK_OBJECT_HANDLE key;
	bool again;
	CK_RV was;
	double last;
};

static void
login_again(struct holder *h)
{
	const char *pin = getenv("USER_PIN");
	CK_RV rv =
		F->C_Login(session, CKU_USER, (CK_UTF8CHAR *)(uintptr_t)pin, strlen(pin));

	if (rv == CKR_OK || rv == CKR_USER_ALREADY_LOGGED_IN)
		(void)!find(h->label, &h->key);
}

static void
hold_once(struct holder *h)
{
	const double began = ms();
	const CK_RV rv = encrypt(h->key);
	const double ended = ms();

	if (ended - began > 1000)
		(void)printf("slow %s %.3f %.3f\n", ckr_name(rv), began, ended);
	if (rv != h->was)
		(void)printf("now %s %.3f %.3f\n", ckr_name(rv), h->last, began);
	(void)fflush(stdout);
	h->was = rv;
	h->last = began;
	if (rv != CKR_OK && h->again)
		login_again(h);
}

static void
hold_key(char **w, bool again)
{
	const int pause = atoi(w[1]);
	struct holder h = { .label = w[0], .again = again, .was = CKR_OK };

	must(find(w[0], &h.key), "the key");
	for (unsigned i = 0; i < 10; i++)
		must(encrypt(h.key), "encryption");
	(void)printf("ready %u\n", af_alg_sockets());
	(void)fflush(stdout);
	h.last = ms();
	while (!stdin_ends(pause))
		hold_once(&h);
	(void)F->C_Logout(session);
	(void)printf("logout %s\n", ckr_name(encrypt(h.key)));
}

static void
hold(char **w, int words)
{
	(void)words;
	hold_key(w, false);
}

static void
hold_login(char **w, int words)
{
	(void)words;
	hold_key(w, true);
}

static const struct command {
	const char *name;
	int words;
	bool timed;
	void (*run)(char **words, int n);
} commands[] = {
	{ "create", 4, true, create },
	{ "destroy", 1, true, destroy },
	{ "session", 1, false, hold_session },
	{ "exec-session", 1, false, exec_session },
	{ "hold", 2, false, hold },
	{ "login", 2, false, hold_login },
};

int
main(int argc, char **argv)
{
	for (size_t i = 0; argc > 1 && i < COUNT(commands); i++) {
		const struct command *c = &commands[i];
		double began;

		if (strcmp(c->name, argv[1]) != 0 || argc - 2 < c->words)
			continue;
		session = client_start();
		began = ms();
		c->run(argv + 2, argc - 2);
		if (c->timed)
			(void)printf("done %.3f %.3f\n", began, ms());
		(void)fflush(stdout);
		(void)F->C_Finalize(NULL);
		return 0;
	}
	die("usage: see the top of keys.c");
}
