/* SPDX-License-Identifier: Apache-2.0 */
/*
 * speed WAY: operations of the module against a bare loop of the same two system calls with
 * the same buffers, in turns, in one process. A line "NAME BYTES MODULE BARE RATIO" each:
 * microseconds, medians, and the median of the rounds' own ratios (bare to module; 1.00: the
 * module costs nothing).
 */
#include <linux/if_alg.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/vm/programs/client.h"

#define ROUNDS 15u
#define MAX_BYTES 65536u
#define AAD 20u

enum call { CIPHER, MAC, DIGEST };

struct row {
	const char *name;
	CK_MECHANISM_TYPE type;
	enum call call;
	const char *kind, *algorithm; /* the kernel's */
	CK_ULONG iv;
};

static const struct row rows[] = {
	{ "AES-CBC", CKM_AES_CBC, CIPHER, "skcipher", "cbc(aes)", 16 },
	{ "AES-CTR", CKM_AES_CTR, CIPHER, "skcipher", "ctr(aes)", 16 },
	{ "AES-GCM", CKM_AES_GCM, CIPHER, "aead", "gcm(aes)", 12 },
	{ "HMAC-SHA256", CKM_SHA256_HMAC, MAC, "hash", "hmac(sha256)", 0 },
	{ "SHA256", CKM_SHA256, DIGEST, "hash", "sha256", 0 },
};
static const CK_ULONG sizes[] = { 16, 1024, 65536 };

static CK_BYTE value[32] = { 9, 8, 7 };
static CK_SESSION_HANDLE session;
static CK_OBJECT_HANDLE aes, hmac;
static CK_BYTE in[MAX_BYTES], out[MAX_BYTES + 64], bare_out[MAX_BYTES + 64];
static struct param param;

/* ---- the bare loop */

static union {
	char bytes[256];
	struct cmsghdr aligned;
} control;
static struct iovec send_v[2], receive_v[3];
static struct msghdr send_m, receive_m;
static int op_socket;

static int
socket_make(const struct row *r)
{
	struct sockaddr_alg a = { .salg_family = AF_ALG };
	int tfm = socket(AF_ALG, SOCK_SEQPACKET | SOCK_CLOEXEC, 0), op;

	(void)snprintf((char *)a.salg_type, sizeof a.salg_type, "%s", r->kind);
	(void)snprintf((char *)a.salg_name, sizeof a.salg_name, "%s", r->algorithm);
	if (tfm < 0 || bind(tfm, (struct sockaddr *)&a, sizeof a) != 0 ||
		(r->call != DIGEST &&
			setsockopt(tfm, SOL_ALG, ALG_SET_KEY, value, sizeof value) != 0))
		die("%s cannot be had", r->algorithm);
	op = accept4(tfm, NULL, NULL, SOCK_CLOEXEC);
	(void)close(tfm);
	return op;
}

static void *
control_add(int type, size_t n)
{
	struct cmsghdr *h =
		(struct cmsghdr *)(void *)(control.bytes + send_m.msg_controllen);

	*h = (struct cmsghdr){ CMSG_LEN(n), SOL_ALG, type };
	send_m.msg_controllen += CMSG_SPACE(n);
	return CMSG_DATA(h);
}

static void
cipher_control(const struct row *r)
{
	const uint32_t encrypt = ALG_OP_ENCRYPT, iv_n = (uint32_t)r->iv, aad = AAD;
	uint8_t *p;

	memcpy(control_add(ALG_SET_OP, sizeof encrypt), &encrypt, sizeof encrypt);
	p = control_add(ALG_SET_IV, sizeof iv_n + r->iv);
	memcpy(p, &iv_n, sizeof iv_n);
	memcpy(p + sizeof iv_n, param.nonce, r->iv);
	if (r->type == CKM_AES_GCM)
		memcpy(control_add(ALG_SET_AEAD_ASSOCLEN, sizeof aad), &aad, sizeof aad);
}

static void
bare_prepare(const struct row *r, CK_ULONG n)
{
	static CK_BYTE aad_back[AAD];
	const bool aead = r->type == CKM_AES_GCM;

	op_socket = socket_make(r);
	send_m = (struct msghdr){ .msg_iov = send_v, .msg_iovlen = aead ? 2 : 1 };
	receive_m = (struct msghdr){ .msg_iov = receive_v, .msg_iovlen = aead ? 3 : 1 };
	send_m.msg_control = control.bytes;
	if (r->call == CIPHER)
		cipher_control(r);
	else
		send_m.msg_control = NULL;
	send_v[0] = (struct iovec){ param.aad, AAD };
	send_v[aead] = (struct iovec){ in, n };
	receive_v[0] = (struct iovec){ aad_back, AAD };
	receive_v[aead] = (struct iovec){ bare_out, r->call == CIPHER ? n : 32 };
	receive_v[2] = (struct iovec){ bare_out + n, 16 };
}

static void
bare_once(void)
{
	if (sendmsg(op_socket, &send_m, 0) < 0 || recvmsg(op_socket, &receive_m, 0) < 0)
		die("the bare loop: %m");
}

/* ---- the module */

static CK_ULONG
module_once(const struct row *r, CK_ULONG n)
{
	CK_ULONG out_n = sizeof out;

	if (r->call == CIPHER) {
		must(F->C_EncryptInit(session, &param.mechanism, aes), "C_EncryptInit");
		must(F->C_Encrypt(session, in, n, out, &out_n), "C_Encrypt");
	} else if (r->call == MAC) {
		must(F->C_SignInit(session, &param.mechanism, hmac), "C_SignInit");
		must(F->C_Sign(session, in, n, out, &out_n), "C_Sign");
	} else {
		must(F->C_DigestInit(session, &param.mechanism), "C_DigestInit");
		must(F->C_Digest(session, in, n, out, &out_n), "C_Digest");
	}
	return out_n;
}

/* ---- */

static int
compare(const void *a, const void *b)
{
	const double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double
median(double *list, size_t n)
{
	qsort(list, n, sizeof *list, compare);
	return list[n / 2];
}

static void
run(const struct row *r, CK_ULONG n)
{
	const unsigned loops = n > 1024 ? 12 : 100;
	double module[ROUNDS], bare[ROUNDS], ratio[ROUNDS], start;
	CK_ULONG out_n;

	param_plain(&param, mech_lookup(r->type), n);
	bare_prepare(r, n);
	for (unsigned i = 0; i < 5; i++) {
		out_n = module_once(r, n);
		bare_once();
	}
	if (memcmp(out, bare_out, out_n) != 0)
		die("%s: the bare loop does something else", r->name);
	for (unsigned i = 0; i < ROUNDS; i++) {
		start = now();
		for (unsigned k = 0; k < loops; k++)
			(void)module_once(r, n);
		module[i] = (now() - start) / loops * 1e6;
		start = now();
		for (unsigned k = 0; k < loops; k++)
			bare_once();
		bare[i] = (now() - start) / loops * 1e6;
		ratio[i] = bare[i] / module[i];
	}
	(void)close(op_socket);
	(void)printf("%-12s %6lu %8.1f %8.1f %5.2f\n", r->name, n, median(module, ROUNDS),
		median(bare, ROUNDS), median(ratio, ROUNDS));
	(void)fflush(stdout);
}

int
main(int argc, char **argv)
{
	enum way way = argc > 1 ? way_named(argv[1]) : WAYS;

	if (way == WAYS)
		die("usage: speed WAY");
	session = client_start();
	aes = key_import(session, way, CKK_AES, value, sizeof value);
	hmac = key_import_for(
		session, way, CKK_GENERIC_SECRET, value, sizeof value, CKM_SHA256_HMAC);
	(void)printf("custody %s %s\n", custody_name(key_custody(session, aes)),
		custody_name(key_custody(session, hmac)));
	for (size_t i = 0; i < COUNT(rows); i++) {
		for (size_t k = 0; k < COUNT(sizes); k++)
			run(&rows[i], sizes[k]);
	}
	must(F->C_Finalize(NULL), "C_Finalize");
	return 0;
}
