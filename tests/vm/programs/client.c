/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/vm/programs/client.h"

#include <dirent.h>
#include <dlfcn.h>
#include <stdarg.h>
#include <sys/socket.h>
#include <time.h>

CK_FUNCTION_LIST *F;
CK_SLOT_ID client_slot;

static const CK_BBOOL yes = CK_TRUE, no = CK_FALSE;

const char *const way_names[WAYS] = { "kernel", "passed", "executed", "process" };

void
die(const char *format, ...)
{
	va_list args;

	(void)fflush(stdout);
	va_start(args, format);
	(void)vfprintf(stderr, format, args);
	va_end(args);
	(void)fputc('\n', stderr);
	exit(2);
}

void
must(CK_RV rv, const char *what)
{
	if (rv != CKR_OK)
		die("%s: %s", what, ckr_name(rv));
}

static const char *
env_must(const char *name)
{
	const char *value = getenv(name);

	if (value == NULL)
		die("%s is not set: run this by tests/stack", name);
	return value;
}

unsigned long
env_number(const char *name, unsigned long otherwise)
{
	const char *value = getenv(name);

	return value != NULL && *value != '\0' ? strtoul(value, NULL, 0) : otherwise;
}

double
now(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* ---- the module and its token */

static void
load(void)
{
	void *module = dlopen(env_must("PKCS11_MODULE"), RTLD_NOW | RTLD_LOCAL);
	CK_C_GetFunctionList get = NULL;

	if (module == NULL)
		die("%s", dlerror());
	*(void **)&get = dlsym(module, "C_GetFunctionList");
	must(get != NULL ? get(&F) : CKR_GENERAL_ERROR, "C_GetFunctionList");
}

static void
slot_find(void)
{
	const char *label = env_must("TOKEN_LABEL");
	CK_SLOT_ID slots[64];
	CK_ULONG n = COUNT(slots);
	CK_TOKEN_INFO info;

	must(F->C_GetSlotList(CK_TRUE, slots, &n), "C_GetSlotList");
	for (CK_ULONG i = 0; i < n; i++) {
		if (F->C_GetTokenInfo(slots[i], &info) == CKR_OK &&
			strncmp((char *)info.label, label, strlen(label)) == 0) {
			client_slot = slots[i];
			return;
		}
	}
	die("no token \"%s\" among %lu slots", label, n);
}

CK_SESSION_HANDLE
client_session(void)
{
	CK_SESSION_HANDLE s = 0;

	must(F->C_OpenSession(
		     client_slot, CKF_SERIAL_SESSION | CKF_RW_SESSION, NULL, NULL, &s),
		"C_OpenSession");
	return s;
}

CK_SESSION_HANDLE
client_start(void)
{
	CK_C_INITIALIZE_ARGS args = { .flags = CKF_OS_LOCKING_OK };
	const char *pin = env_must("USER_PIN");
	CK_SESSION_HANDLE s;

	load();
	must(F->C_Initialize(&args), "C_Initialize");
	slot_find();
	s = client_session();
	must(F->C_Login(s, CKU_USER, (CK_UTF8CHAR *)(uintptr_t)pin, strlen(pin)),
		"C_Login");
	return s;
}

/* ---- keys */

enum way
way_named(const char *name)
{
	enum way w = 0;

	while (w < WAYS && strcmp(way_names[w], name) != 0)
		w++;
	return w;
}

static CK_OBJECT_HANDLE
import(CK_SESSION_HANDLE s, enum way way, CK_KEY_TYPE type, struct bytes value,
	const CK_MECHANISM_TYPE *only)
{
	const CK_OBJECT_CLASS class = CKO_SECRET_KEY;
	const bool encrypts = type == CKK_AES || type == CKK_AES_XTS ||
			      type == CKK_DES3 || type == CKK_CHACHA20;
	const bool signs = type != CKK_AES_XTS && type != CKK_CHACHA20;
	const CK_BBOOL on_token = way == WAY_PASSED || way == WAY_EXECUTED;
	const CK_BBOOL readable = way == WAY_PROCESS, hidden = !readable;
	const CK_BBOOL derives = way == WAY_EXECUTED;
	CK_ATTRIBUTE t[] = { ATTR(CKA_CLASS, class), ATTR(CKA_KEY_TYPE, type),
		ATTR(CKA_TOKEN, on_token), ATTR(CKA_PRIVATE, yes),
		ATTR(CKA_SENSITIVE, hidden), ATTR(CKA_EXTRACTABLE, readable),
		ATTR(CKA_DERIVE, derives), ATTR(CKA_SIGN, *(signs ? &yes : &no)),
		ATTR(CKA_VERIFY, *(signs ? &yes : &no)),
		{ CKA_VALUE, (void *)(uintptr_t)value.p, value.n },
		ATTR(CKA_ENCRYPT, yes), ATTR(CKA_DECRYPT, yes),
		{ CKA_ALLOWED_MECHANISMS, (void *)(uintptr_t)only, sizeof *only } };
	CK_ULONG count = encrypts ? 12 : 10;
	CK_OBJECT_HANDLE key = 0;

	if (only != NULL)
		t[count++] = t[COUNT(t) - 1];
	must(F->C_CreateObject(s, t, count, &key), "C_CreateObject");
	return key;
}

CK_OBJECT_HANDLE
key_import(CK_SESSION_HANDLE s, enum way way, CK_KEY_TYPE type, const void *value,
	CK_ULONG n)
{
	return import(s, way, type, BYTES(value, n), NULL);
}

CK_OBJECT_HANDLE
key_import_for(CK_SESSION_HANDLE s, enum way way, CK_KEY_TYPE type, const void *value,
	CK_ULONG n, CK_MECHANISM_TYPE mechanism)
{
	return import(s, way, type, BYTES(value, n), &mechanism);
}

CK_ULONG
key_custody(CK_SESSION_HANDLE s, CK_OBJECT_HANDLE key)
{
	CK_ULONG custody = 0;
	CK_ATTRIBUTE a = ATTR(CKA_KT_CUSTODY, custody);

	must(F->C_GetAttributeValue(s, key, &a, 1), "C_GetAttributeValue");
	return custody;
}

const char *
custody_name(CK_ULONG custody)
{
	static const char *const names[] = { "none", "kernel", "broker", "process" };

	return custody < COUNT(names) ? names[custody] : "unknown";
}

/* ---- mechanisms */

bool
mech_is_ours(const struct mech *m)
{
	const CK_FLAGS uses = CKF_ENCRYPT | CKF_SIGN | CKF_DIGEST;
	CK_MECHANISM_INFO info;

	if ((m->flags & uses) == 0 ||
		(m->algorithm != ALG_HMAC && m->algorithm != ALG_DIGEST &&
			m->cipher == CIPHER_NONE))
		return false;
	return F->C_GetMechanismInfo(client_slot, m->type, &info) == CKR_OK;
}

bool
mech_wraps(const struct mech *m)
{
	return m->algorithm == ALG_KW || m->algorithm == ALG_KWP ||
	       m->algorithm == ALG_KW_PKCS7;
}

CK_ULONG
mech_key_bytes(const struct mech *m)
{
	if (m->cipher == CIPHER_DES3)
		return 24;
	return m->algorithm == ALG_XTS ? 64 : 32;
}

void
param_plain(struct param *p, const struct mech *m, CK_ULONG n)
{
	size_t size = 0;

	*p = (struct param){ .mechanism.mechanism = m->type };
	for (size_t i = 0; i < sizeof p->nonce; i++)
		p->nonce[i] = (CK_BYTE)(0xc0 + i);
	switch (m->param) {
	case PARAM_GCM:
		p->u.gcm = (CK_GCM_PARAMS){ p->nonce, 12, 96, p->aad, 20, 128 };
		size = sizeof p->u.gcm;
		break;
	case PARAM_CCM:
		p->u.ccm = (CK_CCM_PARAMS){ n, p->nonce, 12, p->aad, 20, 16 };
		size = sizeof p->u.ccm;
		break;
	case PARAM_CTR:
		p->u.ctr.ulCounterBits = 128;
		memcpy(p->u.ctr.cb, p->nonce, sizeof p->u.ctr.cb);
		size = sizeof p->u.ctr;
		break;
	case PARAM_CHACHA20:
		p->u.chacha20 = (CK_CHACHA20_PARAMS){ p->nonce, 32, p->nonce + 8, 96 };
		size = sizeof p->u.chacha20;
		break;
	case PARAM_CHACHA20_POLY1305:
		p->u.poly1305 =
			(CK_SALSA20_CHACHA20_POLY1305_PARAMS){ p->nonce, 96, p->aad, 20 };
		size = sizeof p->u.poly1305;
		break;
	case PARAM_IV:
	case PARAM_GMAC:
		memcpy(p->u.iv, p->nonce, m->iv_bytes);
		size = m->iv_bytes;
		break;
	case PARAM_LENGTH:
		p->u.length = 4;
		size = sizeof p->u.length;
		break;
	default:
		break;
	}
	p->mechanism.pParameter = size != 0 ? &p->u : NULL;
	p->mechanism.ulParameterLen = size;
}

/* ---- descriptors */

unsigned
af_alg_sockets(void)
{
	DIR *d = opendir("/proc/self/fd");
	unsigned n = 0;

	if (d == NULL)
		die("/proc/self/fd cannot be read");
	for (struct dirent *e = readdir(d); e != NULL; e = readdir(d)) {
		int domain = -1;
		socklen_t size = sizeof domain;

		if (getsockopt(atoi(e->d_name), SOL_SOCKET, SO_DOMAIN, &domain, &size) ==
				0 &&
			domain == AF_ALG)
			n++;
	}
	(void)closedir(d);
	return n;
}
