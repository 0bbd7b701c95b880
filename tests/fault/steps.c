/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An application that does what it is told: reads commands, one a line, and
 * answers each with a line "CKR_... [VALUE...]". Its buffers are wiped after
 * each command, so that what its memory holds later is the module's.
 *   slots                          how many there are
 *   use LABEL                      the slot of that token, from now on
 *   flags                          CKF_USER_PIN_... and CKF_SO_PIN_... that are set
 *   open rw|ro, close
 *   login so|user PIN, logout
 *   init-pin PIN, set-pin OLD NEW, init-token PIN LABEL
 *   data LABEL public|private [BYTES]   a token object
 *   key LABEL                      an AES key of the token, private or not by default
 *   aes HEX sensitive|readable|unwrapping   a session key; its handle. unwrapping: a
 *                                  sensitive one that does nothing else
 *   unwrap HANDLE HEX              AES key wrap; a sensitive AES key's handle
 *   encrypt HANDLE HEX, start HANDLE    AES-CBC with an IV of zeroes; start: Init only
 *   count, wait MS
 */
#include <time.h>
#include <unistd.h>

#include "tests/fault/module.h"

#define WORDS 4u

static const CK_BBOOL yes = CK_TRUE, no = CK_FALSE;
static CK_SLOT_ID slot;
static CK_SESSION_HANDLE session;
static char value[512]; /* of the answer */

static char line[4096];
static uint8_t octets[2048];
static char blob[1 << 20];

static CK_BYTE *
text(const char *s)
{
	return (CK_BYTE *)(uintptr_t)s;
}

/* Into octets; how many. */
static CK_ULONG
hex_read(const char *s)
{
	CK_ULONG n = 0;
	unsigned byte;

	while (n < sizeof octets && sscanf(s + 2 * n, "%2x", &byte) == 1)
		octets[n++] = (uint8_t)byte;
	return n;
}

static CK_RV
do_slots(char **w)
{
	CK_ULONG n = 0;
	CK_RV rv = F->C_GetSlotList(CK_TRUE, NULL, &n);

	(void)w;
	(void)snprintf(value, sizeof value, "%lu", n);
	return rv;
}

static CK_RV
do_use(char **w)
{
	return slot_labelled(w[1], &slot) ? CKR_OK : CKR_SLOT_ID_INVALID;
}

struct flag {
	CK_FLAGS flag;
	const char *name;
};

static CK_RV
do_flags(char **w)
{
	static const struct flag flags[] = {
		{ CKF_USER_PIN_COUNT_LOW, "user-low" },
		{ CKF_USER_PIN_FINAL_TRY, "user-final" },
		{ CKF_USER_PIN_LOCKED, "user-locked" },
		{ CKF_SO_PIN_COUNT_LOW, "so-low" },
		{ CKF_SO_PIN_FINAL_TRY, "so-final" },
		{ CKF_SO_PIN_LOCKED, "so-locked" },
	};
	CK_TOKEN_INFO info;
	CK_RV rv = F->C_GetTokenInfo(slot, &info);
	size_t n = 0;

	(void)w;
	for (size_t i = 0; rv == CKR_OK && i < COUNT(flags); i++)
		if ((info.flags & flags[i].flag) != 0)
			n += (size_t)snprintf(
				value + n, sizeof value - n, "%s ", flags[i].name);
	return rv;
}

static CK_RV
do_open(char **w)
{
	CK_FLAGS rw = strcmp(w[1], "rw") == 0 ? CKF_RW_SESSION : 0;

	return F->C_OpenSession(slot, CKF_SERIAL_SESSION | rw, NULL, NULL, &session);
}

static CK_RV
do_close(char **w)
{
	(void)w;
	return F->C_CloseSession(session);
}

static CK_RV
do_login(char **w)
{
	CK_USER_TYPE user = strcmp(w[1], "so") == 0 ? CKU_SO : CKU_USER;

	return F->C_Login(session, user, text(w[2]), strlen(w[2]));
}

static CK_RV
do_logout(char **w)
{
	(void)w;
	return F->C_Logout(session);
}

static CK_RV
do_init_pin(char **w)
{
	return F->C_InitPIN(session, text(w[1]), strlen(w[1]));
}

static CK_RV
do_set_pin(char **w)
{
	return F->C_SetPIN(session, text(w[1]), strlen(w[1]), text(w[2]), strlen(w[2]));
}

static CK_RV
do_init_token(char **w)
{
	CK_BYTE label[32];

	memset(label, ' ', sizeof label);
	memcpy(label, w[2], strnlen(w[2], sizeof label));
	return F->C_InitToken(slot, text(w[1]), strlen(w[1]), label);
}

static CK_RV
do_data(char **w)
{
	static const CK_OBJECT_CLASS class = CKO_DATA;
	CK_ULONG n = strtoul(w[3], NULL, 10);
	CK_ATTRIBUTE template[] = { ATTR(CKA_CLASS, class), ATTR(CKA_TOKEN, yes),
		{ CKA_PRIVATE,
			(void *)(uintptr_t)(strcmp(w[2], "private") == 0 ? &yes : &no),
			sizeof yes },
		{ CKA_LABEL, w[1], strlen(w[1]) },
		{ CKA_VALUE, blob, n < sizeof blob ? n : sizeof blob } };
	CK_OBJECT_HANDLE object;

	return F->C_CreateObject(session, template, COUNT(template), &object);
}

static CK_RV
do_key(char **w)
{
	static const CK_ULONG n = 32;
	CK_MECHANISM mechanism = { CKM_AES_KEY_GEN, NULL, 0 };
	CK_ATTRIBUTE template[] = { ATTR(CKA_TOKEN, yes), ATTR(CKA_VALUE_LEN, n),
		{ CKA_LABEL, w[1], strlen(w[1]) } };
	CK_OBJECT_HANDLE object;

	return F->C_GenerateKey(session, &mechanism, template, COUNT(template), &object);
}

static CK_RV
do_aes(char **w)
{
	static const CK_OBJECT_CLASS class = CKO_SECRET_KEY;
	static const CK_KEY_TYPE type = CKK_AES;
	const CK_BBOOL *sensitive = strcmp(w[2], "readable") != 0 ? &yes : &no;
	const CK_BBOOL *unwraps = strcmp(w[2], "unwrapping") == 0 ? &yes : &no;
	const CK_BBOOL *encrypts = unwraps == &yes ? &no : &yes;
	const CK_BBOOL *extractable = sensitive == &yes ? &no : &yes;
	CK_ATTRIBUTE template[] = { ATTR(CKA_CLASS, class), ATTR(CKA_KEY_TYPE, type),
		ATTR(CKA_TOKEN, no), ATTR(CKA_ENCRYPT, *encrypts),
		ATTR(CKA_UNWRAP, *unwraps), ATTR(CKA_SENSITIVE, *sensitive),
		ATTR(CKA_EXTRACTABLE, *extractable),
		{ CKA_VALUE, octets, hex_read(w[1]) } };
	CK_OBJECT_HANDLE object = 0;
	CK_RV rv = F->C_CreateObject(session, template, COUNT(template), &object);

	(void)snprintf(value, sizeof value, "%lu", object);
	return rv;
}

static CK_RV
start(const char *handle)
{
	CK_BYTE iv[16] = { 0 };
	CK_MECHANISM mechanism = { CKM_AES_CBC, iv, sizeof iv };

	return F->C_EncryptInit(session, &mechanism, strtoul(handle, NULL, 10));
}

static CK_RV
do_start(char **w)
{
	return start(w[1]);
}

static CK_RV
do_unwrap(char **w)
{
	static const CK_OBJECT_CLASS class = CKO_SECRET_KEY;
	static const CK_KEY_TYPE type = CKK_AES;
	CK_MECHANISM mechanism = { CKM_AES_KEY_WRAP, NULL, 0 };
	CK_ATTRIBUTE template[] = { ATTR(CKA_CLASS, class), ATTR(CKA_KEY_TYPE, type),
		ATTR(CKA_TOKEN, no), ATTR(CKA_ENCRYPT, yes), ATTR(CKA_SENSITIVE, yes),
		ATTR(CKA_EXTRACTABLE, no) };
	CK_OBJECT_HANDLE object = 0;
	CK_RV rv = F->C_UnwrapKey(session, &mechanism, strtoul(w[1], NULL, 10), octets,
		hex_read(w[2]), template, COUNT(template), &object);

	(void)snprintf(value, sizeof value, "%lu", object);
	return rv;
}

static CK_RV
do_encrypt(char **w)
{
	CK_ULONG n = hex_read(w[2]), out_n = 128;
	CK_BYTE out[128];
	CK_RV rv = start(w[1]);

	if (rv == CKR_OK)
		rv = F->C_Encrypt(session, octets, n, out, &out_n);
	for (CK_ULONG i = 0; rv == CKR_OK && i < out_n; i++)
		(void)snprintf(value + 2 * i, 3, "%02x", out[i]);
	return rv;
}

static CK_RV
count_found(CK_ATTRIBUTE *template, CK_ULONG template_n, CK_ULONG *ret)
{
	CK_OBJECT_HANDLE objects[64];
	CK_ULONG n = 1, all = 0;
	CK_RV rv = F->C_FindObjectsInit(session, template, template_n);

	while (rv == CKR_OK && n != 0) {
		rv = F->C_FindObjects(session, objects, COUNT(objects), &n);
		all += n;
	}
	(void)!F->C_FindObjectsFinal(session);
	*ret = all;
	return rv;
}

/* But for the profiles, which every token has. */
static CK_RV
do_count(char **w)
{
	CK_OBJECT_CLASS profile = CKO_PROFILE;
	CK_ATTRIBUTE of_profile = ATTR(CKA_CLASS, profile);
	CK_ULONG all = 0, profiles = 0;
	CK_RV rv = count_found(NULL, 0, &all);

	(void)w;
	if (rv == CKR_OK)
		rv = count_found(&of_profile, 1, &profiles);
	(void)snprintf(value, sizeof value, "%lu", all - profiles);
	return rv;
}

static CK_RV
do_wait(char **w)
{
	unsigned long ms = strtoul(w[1], NULL, 10);
	const struct timespec t = { (time_t)(ms / 1000), (long)(ms % 1000) * 1000000 };

	(void)nanosleep(&t, NULL);
	return CKR_OK;
}

struct command {
	const char *name;
	unsigned words; /* with the name */
	CK_RV (*run)(char **words);
};

static const struct command commands[] = {
	{ "slots", 1, do_slots },
	{ "use", 2, do_use },
	{ "flags", 1, do_flags },
	{ "open", 2, do_open },
	{ "close", 1, do_close },
	{ "login", 3, do_login },
	{ "logout", 1, do_logout },
	{ "init-pin", 2, do_init_pin },
	{ "set-pin", 3, do_set_pin },
	{ "init-token", 3, do_init_token },
	{ "data", 4, do_data },
	{ "key", 2, do_key },
	{ "aes", 3, do_aes },
	{ "encrypt", 3, do_encrypt },
	{ "unwrap", 3, do_unwrap },
	{ "start", 2, do_start },
	{ "count", 1, do_count },
	{ "wait", 2, do_wait },
};

/* "_" in a word is a blank; "%" is no word at all. */
static unsigned
words_split(char **w)
{
	char *rest = line, *word;
	unsigned n = 0;

	while (n < WORDS && (word = strsep(&rest, " ")) != NULL) {
		if (strcmp(word, "%") == 0)
			*word = '\0';
		for (char *p = word; n != 0 && *p != '\0'; p++)
			*p = *p == '_' ? ' ' : *p;
		w[n++] = word;
	}
	return n;
}

static void
run(void)
{
	static char none[] = "";
	char *w[WORDS] = { none, none, none, none };
	unsigned n = words_split(w);

	for (size_t i = 0; i < COUNT(commands); i++) {
		if (strcmp(commands[i].name, w[0]) != 0 || n < commands[i].words)
			continue;
		value[0] = '\0';
		(void)printf("%s ", ckr_name(commands[i].run(w)));
		(void)printf("%s\n", value);
		(void)fflush(stdout);
		return;
	}
	(void)printf("what is that? %s\n", w[0]);
	exit(2);
}

/* stdio would keep a copy. */
static bool
line_read(void)
{
	size_t n = 0;

	while (n + 1 < sizeof line && read(STDIN_FILENO, line + n, 1) == 1) {
		if (line[n] == '\n') {
			line[n] = '\0';
			return true;
		}
		n++;
	}
	return false;
}

int
main(void)
{
	CK_C_INITIALIZE_ARGS args = { .flags = CKF_OS_LOCKING_OK };
	CK_RV rv;

	module_load();
	rv = F->C_Initialize(&args);
	if (rv != CKR_OK) {
		(void)printf("%s\n", ckr_name(rv));
		return 1;
	}
	while (line_read()) {
		run();
		explicit_bzero(line, sizeof line);
		explicit_bzero(octets, sizeof octets);
		explicit_bzero(value, sizeof value);
	}
	rv = F->C_Finalize(NULL);
	return rv == CKR_OK ? 0 : 1;
}
