/* SPDX-License-Identifier: Apache-2.0 */
/* Packed attributes as a peer sends them: raw bytes, and lists that are well formed but
 * hold anything; to protobuf and back; objects built, changed and asked about. */
#include "cryptoki/mech.h"
#include "remote/proto/proto_convert.h"
#include "tests/fuzz/fuzz.h"

/* A list that was found valid can be walked, searched and edited. */
static void
walk(struct bytes list)
{
	struct attrs copy = ATTRS_INIT;
	struct cursor c = cursor_over(list);
	struct bytes found;
	struct attr a;
	size_t n = 0;

	FUZZ_CHECK(attrs_copy(&copy, list) == 0);
	while (attrs_next(&c, &a)) {
		const struct attr_def *def = attr_lookup(a.type);

		FUZZ_CHECK(
			attrs_find(list, a.type, &found) && bytes_equal(found, a.value));
		if (def != NULL)
			(void)!attr_value_valid(def, a.value);
		(void)!attrs_ulong(list, a.type, 1);
		(void)!attrs_bool(list, a.type, true);
		n++;
	}
	FUZZ_CHECK(cursor_done(&c) && n <= ATTRS_MAX_COUNT);
	FUZZ_CHECK(attrs_match(list, list));
	attrs_set_bool(&copy, CKA_TOKEN, true);
	FUZZ_CHECK(attrs_bool(attrs_bytes(&copy), CKA_TOKEN, false));
	attrs_unset(&copy, CKA_TOKEN);
	FUZZ_CHECK(!attrs_has(attrs_bytes(&copy), CKA_TOKEN));
	for (c = cursor_over(list); attrs_next(&c, &a);)
		attrs_unset(&copy, a.type);
	FUZZ_CHECK(attrs_ok(&copy) && attrs_bytes(&copy).n == 0);
	attrs_free(&copy);
}

/* Values of their kind pass both ways and are the same. */
static bool
values_valid(struct bytes list)
{
	struct cursor c = cursor_over(list);
	bool valid = true;
	struct attr a;

	while (attrs_next(&c, &a)) {
		const struct attr_def *def = attr_lookup(a.type);

		valid = valid && def != NULL && attr_value_valid(def, a.value);
	}
	return valid;
}

static void
through_protobuf(struct bytes list)
{
	Keystore__V1__Attribute **messages = NULL;
	struct attrs back = ATTRS_SECRET;
	size_t n = 0;

	if (proto_from_attrs(list, &n, &messages) != 0)
		return;
	if (proto_to_attrs(n, messages, PROTO_REFUSE_UNKNOWN, &back) == CKR_OK)
		FUZZ_CHECK(!values_valid(list) || bytes_equal(attrs_bytes(&back), list));
	else
		FUZZ_CHECK(!values_valid(list));
	attrs_free(&back);
	(void)!proto_to_attrs(n, messages, PROTO_SKIP_UNKNOWN, &back);
	proto_attrs_free(n, messages);
	attrs_free(&back);
}

static void
build(struct cursor *c, struct bytes list)
{
	struct attrs public = ATTRS_INIT, secret = ATTRS_SECRET, to = ATTRS_INIT;
	unsigned how = fuzz_u8(c);
	const struct mech *m = fuzz_mech(c);
	const struct object_request request = { .origin = (enum object_origin)(how % 4),
		.role = (enum object_role)(how / 4 % 3),
		.mechanism = m->type,
		.class = CK_UNAVAILABLE_INFORMATION,
		.key_type = CK_UNAVAILABLE_INFORMATION };

	if (object_build(&request, list, &public, &secret) == CKR_OK)
		FUZZ_CHECK(attrs_valid(attrs_bytes(&public)) &&
			   attrs_valid(attrs_bytes(&secret)));
	/* a peer's object that nobody here has built */
	(void)!object_update(list, attrs_bytes(&public), request.role, &to);
	(void)!object_copy(list, attrs_bytes(&public), request.role, &to);
	(void)!object_check_usage(list, CKA_SIGN, m->type);
	(void)!object_may_reveal(list, CKA_VALUE);
	(void)!object_is_readable(list);
	(void)!object_is_visible(list, request.role);
	attrs_free(&public);
	attrs_free(&secret);
	attrs_free(&to);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cursor c = cursor_over(BYTES(data, size));
	struct attrs list = ATTRS_INIT;

	if (fuzz_u8(&c) % 4 == 0) {
		buf_put_bytes(&list.b, cursor_bytes(&c, cursor_left(&c)));
		FUZZ_CHECK(attrs_ok(&list));
	} else {
		fuzz_attrs(&c, 12, &list);
	}
	if (attrs_valid(attrs_bytes(&list))) {
		/* to the byte, so that reading beyond it is seen */
		uint8_t *exact = fuzz_copy(attrs_bytes(&list));
		struct bytes b = BYTES(exact, attrs_bytes(&list).n);

		walk(b);
		through_protobuf(b);
		build(&c, b);
		free(exact);
	}
	attrs_free(&list);
	return 0;
}
