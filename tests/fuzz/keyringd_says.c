/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/fuzz/keyringd_says.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "kcapi_backend/kcapi.h"
#include "libtoken/store/conn.h"
#include "wire/region.h"

#define MOST_BLOBS 2u  /* of a reply, or of what is in it */
#define MOST_LISTED 4u /* of one list */
#define MOST_CELLS 64u /* of a region that is as large as it says */

static struct cursor *input;
static struct region *region; /* the last one, as keyringd writes it */
static size_t region_mapped;
static int region_fd;

/* --- Messages ---------------------------------------------------------------------------- */

/* What is in a message's blobs. */
enum content { ANY_BYTES, ATTRIBUTES, OBJECT, OBJECTS, MADE };

static const uint8_t contents[WIRE_TYPES] = {
	[WIRE_FIND] = OBJECTS,
	[WIRE_GET] = OBJECT,
	[WIRE_GET_SECRET] = ATTRIBUTES,
	[WIRE_CREATE] = OBJECT,
	[WIRE_COPY] = OBJECT,
	[WIRE_SET] = OBJECT,
	[WIRE_GENERATE] = OBJECT,
	[WIRE_GENERATE_PAIR] = OBJECT,
	[WIRE_UNWRAP] = MADE,
	[WIRE_DERIVE] = MADE,
	[WIRE_KEEP] = MADE,
	[WIRE_DECAPSULATE] = MADE,
};

static void fields_put(struct cursor *c, const struct wire_field *fields,
	enum content content, struct buf *to);

/* A key or something else, mostly one that can be used. */
static void
attributes_put(struct cursor *c, struct buf *to)
{
	static const CK_OBJECT_CLASS classes[] = { CKO_SECRET_KEY, CKO_DATA,
		CKO_PUBLIC_KEY, CKO_PRIVATE_KEY, CKO_CERTIFICATE };
	static const CK_KEY_TYPE types[] = { CKK_GENERIC_SECRET, CKK_AES, CKK_EC, CKK_RSA,
		CKK_ML_KEM, CKK_HKDF, CKK_ML_DSA };
	static const uint32_t usages[] = { CKA_DERIVE, CKA_WRAP, CKA_UNWRAP,
		CKA_EXTRACTABLE, CKA_DECAPSULATE, CKA_ENCRYPT, CKA_DECRYPT, CKA_SIGN,
		CKA_VERIFY };
	struct attrs list = ATTRS_INIT;
	const unsigned how = fuzz_u8(c), what = fuzz_u8(c);

	if (how < 240) {
		attrs_set_ulong(&list, CKA_CLASS, classes[what % 8 % ARRAY_LEN(classes)]);
		attrs_set_ulong(&list, CKA_KEY_TYPE, types[what / 8 % ARRAY_LEN(types)]);
		attrs_set_bool(&list, CKA_TOKEN, (how & 1) == 0);
		attrs_set_bool(&list, CKA_PRIVATE, (how & 2) != 0);
		attrs_set_bool(&list, CKA_SENSITIVE, (how & 4) != 0);
		attrs_set_bool(&list, CKA_WRAP_WITH_TRUSTED, (how & 8) != 0);
		if ((how & 16) == 0)
			attrs_set_ulong(&list, CKA_VALUE_LEN, 32);
		for (size_t i = 0; i < ARRAY_LEN(usages); i++)
			attrs_set_bool(&list, usages[i], true);
	}
	fuzz_attrs(c, 4, &list);
	buf_put_bytes(to, attrs_bytes(&list));
	attrs_free(&list);
}

static void
blob_put(struct cursor *c, enum content content, struct buf *to)
{
	unsigned n = 1;

	if (fuzz_u8(c) >= 248)
		content = ANY_BYTES;
	if (content == OBJECTS || content == MADE)
		n = fuzz_u8(c) % (MOST_LISTED + 1);
	for (unsigned i = 0; i < n; i++) {
		if (content == OBJECT || content == OBJECTS)
			fields_put(c, wire_object_fields, ATTRIBUTES, to);
		else if (content == MADE)
			fields_put(c, wire_made_fields, OBJECT, to);
		else if (content == ATTRIBUTES)
			attributes_put(c, to);
		else
			buf_put_bytes(to, fuzz_bytes(c, 512));
	}
}

/* Few ids, so that they meet; zeroes where the module is to keep the object. */
static void
fixed_put(struct cursor *c, unsigned kind, uint8_t *at)
{
	const unsigned how = fuzz_u8(c);
	uint64_t v = how;

	if (kind == WIRE_ID) {
		*at = (uint8_t)(how < 224 ? 1 + how % 7 : 0);
	} else if (kind == WIRE_U8) {
		*at = (uint8_t)how;
	} else {
		v = how == 255 ? WIRE_NO_CELL : how >= 240 ? fuzz_u64(c) : how;
		memcpy(at, &v, kind == WIRE_U32 ? sizeof(uint32_t) : sizeof v);
	}
}

/* The second blob of what is made, or of a reply that has it, is bytes. */
static void
fields_put(struct cursor *c, const struct wire_field *fields, enum content content,
	struct buf *to)
{
	_Alignas(uint64_t) uint8_t message[256] = { 0 };
	struct buf blobs[MOST_BLOBS] = { BUF_INIT, BUF_INIT };
	const bool pair = fields == wire_messages[WIRE_GENERATE_PAIR].reply;
	unsigned n = 0;

	for (const struct wire_field *f = fields; f->kind != 0; f++) {
		struct bytes b;

		if (f->kind != WIRE_BLOB) {
			fixed_put(c, f->kind, message + f->offset);
			continue;
		}
		FUZZ_CHECK(n < MOST_BLOBS);
		blob_put(c, n == 0 || pair ? content : ANY_BYTES, &blobs[n]);
		b = buf_bytes(&blobs[n++]);
		b.n = b.n < f->max ? b.n : f->max;
		memcpy(message + f->offset, &b, sizeof b);
	}
	wire_encode(fields, message, to);
	for (unsigned i = 0; i < MOST_BLOBS; i++)
		buf_free(&blobs[i]);
}

/* It knows a client by its secret, or has begun anew. */
static void
hello_put(struct cursor *c, const struct wire_hello *hello, struct buf *to)
{
	static uint8_t secret[WIRE_SECRET];
	const unsigned how = fuzz_u8(c);
	struct wire_hello_reply reply = { .version = WIRE_VERSION,
		.known = hello->secret.n != 0 && how % 2 == 0,
		.sensitive_session = (uint8_t)(WIRE_CUSTODY_KERNEL + how / 2 % 3),
		.policy = (uint8_t)(how / 8 % 8) };

	secret[0]++;
	if (!reply.known)
		reply.secret = BYTES_OF(secret);
	if (how < 248)
		wire_encode(wire_messages[WIRE_HELLO].reply, &reply, to);
	else
		fields_put(c, wire_messages[WIRE_HELLO].reply, ANY_BYTES, to);
}

/* --- Regions ----------------------------------------------------------------------------- */

static void
region_forget(void)
{
	if (region == NULL)
		return;
	(void)munmap(region, region_mapped);
	(void)close(region_fd);
	region = NULL;
}

/* As keyringd's, but for one thing that is wrong with some. */
static int
region_make(struct cursor *c, uint32_t cells)
{
	static const unsigned seals[] = { F_SEAL_SHRINK, F_SEAL_GROW,
		F_SEAL_FUTURE_WRITE };
	const unsigned wrong = fuzz_u8(c);
	unsigned all = wrong != 247 ? F_SEAL_SEAL : 0;

	region_forget();
	region_fd = memfd_create("fuzz", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	region_mapped = region_size(cells < MOST_CELLS ? cells : MOST_CELLS);
	FUZZ_CHECK(region_fd >= 0 && ftruncate(region_fd, (off_t)region_mapped) == 0);
	region = mmap(
		NULL, region_mapped, PROT_READ | PROT_WRITE, MAP_SHARED, region_fd, 0);
	FUZZ_CHECK(region != MAP_FAILED);
	region->magic = wrong == 254 ? 1 : REGION_MAGIC;
	region->version = wrong == 253 ? REGION_VERSION + 1 : REGION_VERSION;
	region->cells = wrong == 252 ? cells + 1 : cells;
	atomic_store(&region->epoch, 1);
	atomic_store(&region->deadline, wrong == 251 ? 0 : UINT64_MAX);
	for (unsigned i = 0; i < ARRAY_LEN(seals); i++)
		all |= wrong != 248 + i ? seals[i] : 0;
	if (wrong == 255)
		FUZZ_CHECK(ftruncate(region_fd, 0) == 0);
	FUZZ_CHECK(fcntl(region_fd, F_ADD_SEALS, (int)all) == 0);
	return fcntl(region_fd, F_DUPFD_CLOEXEC, 0);
}

void
keyringd_region(struct cursor *c)
{
	const unsigned how = fuzz_u8(c);
	struct stat st;

	if (region == NULL || fstat(region_fd, &st) != 0 || st.st_size == 0)
		return;
	if (how < 128 && region_mapped > sizeof *region)
		atomic_fetch_add(&region->cell[how % ((region_mapped - sizeof *region) /
							     sizeof region->cell[0])],
			1);
	else if (how < 192)
		atomic_fetch_add(&region->epoch, 1);
	else if (how < 240)
		atomic_store(&region->deadline, how % 2 != 0 ? 0 : UINT64_MAX);
	else /* who takes one that can be cut ends by a signal */
		(void)!ftruncate(region_fd, 0);
}

/* --- In the module's way ------------------------------------------------------------------ */

int __wrap_conn_open(struct conn *c, unsigned limit_ms, bool receive_limit) MUST_CHECK;
bool __wrap_conn_is_ours(const struct conn *c) MUST_CHECK;
enum conn_result __wrap_conn_call(
	struct conn *c, const struct exchange *x, CK_RV *ret_rv) MUST_CHECK;

int
__wrap_conn_open(struct conn *c, unsigned limit_ms, bool receive_limit)
{
	return 0;
}

bool
__wrap_conn_is_ours(const struct conn *c)
{
	return true;
}

static void
reply_put(struct cursor *c, const struct exchange *x, unsigned how)
{
	if (how >= 224)
		buf_put_bytes(x->payload, fuzz_bytes(c, 4096));
	else if (x->type == WIRE_HELLO)
		hello_put(c, x->request, x->payload);
	else
		fields_put(
			c, wire_messages[x->type].reply, contents[x->type], x->payload);
	FUZZ_CHECK(buf_ok(x->payload));
}

/* Anything but a key socket. */
static int
other_descriptor(struct cursor *c)
{
	switch (fuzz_u8(c) % 4) {
	case 0:
		return socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	case 1:
		return socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	case 2:
		return memfd_create("fuzz", MFD_CLOEXEC);
	default:
		return open("/dev/null", O_RDWR | O_CLOEXEC);
	}
}

static int
descriptor_make(struct cursor *c, const struct exchange *x)
{
	if (x->type == WIRE_REGION)
		return region_make(
			c, ((const struct wire_region_reply *)x->reply)->cells);
	return other_descriptor(c);
}

/* As the real one leaves everything. */
enum conn_result
__wrap_conn_call(struct conn *conn, const struct exchange *x, CK_RV *ret_rv)
{
	static const enum conn_result broken[] = { CONN_UNSENT, CONN_BROKEN, CONN_TIMEOUT,
		CONN_NONSENSE, CONN_MEMORY };
	static const CK_RV refusals[] = { CKR_OBJECT_HANDLE_INVALID,
		CKR_KEY_HANDLE_INVALID, CKR_USER_NOT_LOGGED_IN, CKR_DEVICE_MEMORY,
		CKR_DEVICE_ERROR, CKR_VENDOR_DEFINED };
	const unsigned how = fuzz_u8(input);

	if (x->fd != NULL)
		*x->fd = -1;
	buf_reset(x->payload);
	x->payload->secret = true;
	if (how >= 251)
		return broken[how - 251];
	*ret_rv = how >= 240 ? refusals[how % ARRAY_LEN(refusals)] : CKR_OK;
	if (*ret_rv != CKR_OK)
		return CONN_DONE;
	reply_put(input, x, how);
	if (!wire_decode(wire_messages[x->type].reply, buf_bytes(x->payload), x->reply)) {
		buf_reset(x->payload);
		return CONN_NONSENSE;
	}
	FUZZ_CHECK((x->fd != NULL) == wire_messages[x->type].fd);
	if (x->fd != NULL)
		*x->fd = descriptor_make(input, x);
	return CONN_DONE;
}

/* --- In the kernel's ---------------------------------------------------------------------- */

bool __real_kcapi_serves(
	struct kcapi *k, const struct mech *m, enum kcapi_keying how) MUST_CHECK;
bool __wrap_kcapi_serves(
	struct kcapi *k, const struct mech *m, enum kcapi_keying how) MUST_CHECK;
unsigned __wrap_kcapi_needs(struct kcapi *k, const struct mech *m,
	const struct mech_params *p, const struct mech *ret[2]) MUST_CHECK;

bool
__wrap_kcapi_serves(struct kcapi *k, const struct mech *m, enum kcapi_keying how)
{
	return how == KCAPI_PASSED || __real_kcapi_serves(k, m, how);
}

unsigned
__wrap_kcapi_needs(struct kcapi *k, const struct mech *m, const struct mech_params *p,
	const struct mech *ret[2])
{
	ret[0] = m;
	ret[1] = NULL;
	return 1;
}

/* ------------------------------------------------------------------------------------------ */

void
keyringd_begin(struct cursor *c)
{
	input = c;
}

void
keyringd_end(void)
{
	region_forget();
}
