/* SPDX-License-Identifier: Apache-2.0 */
/* What tokenctl check makes of what it finds, for hosts that are not this one. */
#include <errno.h>
#include <stdio.h>

#include "tools/check.h"
#include "tests/unit/check_main.h"

static const struct {
	CK_MECHANISM_TYPE mechanism;
	const char *name;
} names[] = {
	{ CKM_AES_ECB, "ecb(aes)" },
	{ CKM_AES_CBC, "cbc(aes)" },
	{ CKM_AES_CBC_PAD, "cbc(aes)" },
	{ CKM_AES_CTR, "ctr(aes)" },
	{ CKM_AES_GCM, "gcm(aes)" },
	{ CKM_SHA_1, "sha1" },
	{ CKM_SHA256, "sha256" },
	{ CKM_SHA3_384, "sha3-384" },
	{ CKM_SHA512_HMAC, "hmac(sha512)" },
	{ CKM_SHA3_224_HMAC_GENERAL, "hmac(sha3-224)" },
	{ CKM_SHA512_256, "" },
	{ CKM_SHA512_224_HMAC, "" },
	{ CKM_RSA_PKCS, "" },
	{ CKM_AES_KEY_GEN, "" },
};

START_TEST (mechanisms_have_the_kernels_names) {
	const struct mech *m = mech_lookup(names[_i].mechanism);
	char name[32];

	ck_assert_ptr_nonnull(m);
	check_kernel_name(m, name, sizeof name);
	ck_assert_str_eq(name, names[_i].name);
}
END_TEST

/* a file as the kernel writes it */
static char registered[] = "name         : gcm(aes)\n"
			   "driver       : gcm_base(ctr(aes-generic),ghash-generic)\n";

static char aliases[] = "alias crypto-cmac cmac\n"
			"alias crypto-sha3-256-generic sha3_generic\0"
			"hmac.alias=crypto-hmac\0"
			"aes_generic.alias=crypto-aes";

static const struct {
	const char *algorithm;
	bool has;
} had[] = {
	{ "gcm(aes)", true },
	{ "cmac(aes)", true },
	{ "hmac(aes)", true },
	{ "aes", true },
	{ "hmac(sha3-256)", false },
	{ "sha3-256", false },
	{ "cts(cbc(aes))", false },
	{ "ctr(aes-generic)", false },
	{ "hma", false },
};

START_TEST (what_a_kernel_has_is_seen_in_its_lists) {
	struct check_kernel c = { 0 };

	ck_assert(!check_kernel_has(&c, had[_i].algorithm));
	c.registered =
		(struct buf){ .p = (uint8_t *)registered, .n = sizeof registered - 1 };
	c.aliases = (struct buf){ .p = (uint8_t *)aliases, .n = sizeof aliases };
	ck_assert_int_eq(check_kernel_has(&c, had[_i].algorithm), had[_i].has);
}
END_TEST

static const struct {
	struct kcapi_report row;
	int restricted;
	const char *word;
} rows[] = {
	{ { "cbc(aes)", "skcipher", true, true, true, 0, "" }, -1, "yes" },
	{ { "cbc(aes)", "skcipher", true, true, false, 0, "" }, -1, "wrong answers" },
	{ { "cbc(aes)", "skcipher", false, false, false, 0, "answer" }, -1,
		"wrong answers" },
	{ { "cbc(aes)", "skcipher", false, false, false, EAFNOSUPPORT, "socket" }, -1,
		"no AF_ALG" },
	{ { "cbc(aes)", "skcipher", false, false, false, EAFNOSUPPORT, "socket" }, 2,
		"refused" },
	{ { "cbc(aes)", "skcipher", false, false, false, EPERM, "socket" }, -1,
		"refused" },
	{ { "cbc(aes)", "skcipher", false, false, false, ENOENT, "bind" }, -1,
		"not in this kernel" },
	{ { "cbc(aes)", "skcipher", false, false, false, ENOENT, "bind" }, 0,
		"not in this kernel" },
	{ { "cbc(aes)", "skcipher", false, false, false, ENOENT, "bind" }, 1, "refused" },
	{ { "gcm(aes)", "aead", false, false, false, ENOENT, "bind" }, -1, "refused" },
	{ { "cbc(aes)", "skcipher", false, false, false, EPERM, "bind" }, -1, "refused" },
	{ { "cbc(aes)", "skcipher", false, false, false, EIO, "bind" }, -1, "fails" },
	{ { "cbc(aes)", "skcipher", false, false, false, EINVAL, "key" }, -1, "fails" },
};

START_TEST (why_an_algorithm_is_not_had_is_said) {
	struct check_kernel c = { .restricted = rows[_i].restricted };

	c.registered =
		(struct buf){ .p = (uint8_t *)registered, .n = sizeof registered - 1 };
	ck_assert_str_eq(check_available(&c, &rows[_i].row), rows[_i].word);
}
END_TEST

static const struct {
	int error;
	int restricted;
	bool filtered, one_there;
	const char *words; /* NULL: it is not missing */
} kernels[] = {
	{ EAFNOSUPPORT, -1, false, false, "missing in this kernel" },
	{ EAFNOSUPPORT, -1, true, false, "the sandbox" },
	{ EAFNOSUPPORT, 2, false, false, "switched off" },
	{ EPERM, -1, true, false, "refused, by a sandbox" },
	{ EAFNOSUPPORT, -1, false, true, NULL },
};

START_TEST (a_kernel_without_af_alg_is_told_from_one_that_refuses) {
	struct check_kernel c = { .restricted = kernels[_i].restricted,
		.filtered = kernels[_i].filtered,
		.n = 2 };
	const char *words;

	for (size_t i = 0; i < c.n; i++)
		c.rows[i] = (struct kcapi_report){ "cbc(aes)", "skcipher", false, false,
			false, kernels[_i].error, "socket" };
	c.rows[1].available = kernels[_i].one_there;
	words = check_missing(&c);
	if (kernels[_i].words == NULL)
		ck_assert_ptr_null(words);
	else
		ck_assert_ptr_nonnull(strstr(words, kernels[_i].words));
}
END_TEST

static const struct {
	int error;
	bool taken;
	const char *words; /* NULL: they are taken */
} serials[] = {
	{ ENOPROTOOPT, false, "Linux 6.2" },
	{ EDQUOT, false, "quota" },
	{ ENOSYS, false, "no key of the kernel's keyring" },
	{ EDQUOT, true, NULL },
};

START_TEST (why_no_key_is_taken_by_serial_is_said) {
	struct check_kernel c = { .n = 3 };
	const char *words;

	c.rows[0] = (struct kcapi_report){ "gcm(aes)", "aead", false, false, false,
		ENOENT, "bind" };
	c.rows[1] = (struct kcapi_report){ "cbc(aes)", "skcipher", true, false, true,
		serials[_i].error, "key" };
	c.rows[2] = (struct kcapi_report){ "ctr(aes)", "skcipher", true,
		serials[_i].taken, true, 0, "" };
	words = check_no_serial(&c);
	if (serials[_i].words == NULL)
		ck_assert_ptr_null(words);
	else
		ck_assert_ptr_nonnull(strstr(words, serials[_i].words));
}
END_TEST

static const struct {
	struct check_policy policy;
	bool served;
	enum wire_custody custody;
} custodies[] = {
	{ { true, WIRE_CUSTODY_KERNEL, true }, true, WIRE_CUSTODY_KERNEL },
	{ { true, WIRE_CUSTODY_KERNEL, true }, false, WIRE_CUSTODY_BROKER },
	{ { true, WIRE_CUSTODY_KERNEL, false }, true, WIRE_CUSTODY_BROKER },
	{ { true, WIRE_CUSTODY_BROKER, true }, true, WIRE_CUSTODY_BROKER },
	{ { true, WIRE_CUSTODY_PROCESS, true }, true, WIRE_CUSTODY_PROCESS },
	{ { true, WIRE_CUSTODY_PROCESS, false }, false, WIRE_CUSTODY_PROCESS },
};

START_TEST (custody_follows_from_kernel_keyring_and_policy) {
	ck_assert_int_eq(check_custody(&custodies[_i].policy, custodies[_i].served),
		custodies[_i].custody);
}
END_TEST

START_TEST (a_quota_is_found_by_its_user) {
	static const char text[] = "    0:     9 8/8 3/1000000 40/25000000\n"
				   " 1000:    12 12/12 11/200 638/20000\n"
				   "broken line\n"
				   "10001:     1 1/1 1/200 9/20000";
	struct check_quota_facts f = { 0 };

	ck_assert(check_quota_parse(text, 1000, &f));
	ck_assert_uint_eq(f.keys, 11);
	ck_assert_uint_eq(f.max_keys, 200);
	ck_assert_uint_eq(f.bytes, 638);
	ck_assert_uint_eq(f.max_bytes, 20000);
	ck_assert(check_quota_parse(text, 10001, &f));
	ck_assert_uint_eq(f.bytes, 9);
	ck_assert(!check_quota_parse(text, 100, &f));
	ck_assert(!check_quota_parse("", 0, &f));
}
END_TEST

START_TEST (a_limit_of_core_files_is_read) {
	ck_assert_uint_eq(
		check_core_limit("Max core file size        0                    0"), 0);
	ck_assert_uint_eq(
		check_core_limit("Limit  Soft\nMax core file size  4096  unlimited\n"),
		4096);
	ck_assert_uint_eq(check_core_limit("Max core file size  unlimited  unlimited\n"),
		UINT64_MAX);
	ck_assert_uint_eq(check_core_limit(""), UINT64_MAX);
}
END_TEST

static const struct {
	const char *text, *module; /* NULL: not ours */
} module_files[] = {
	{ "module: /usr/lib/pkcs11/libtoken.so\n", "/usr/lib/pkcs11/libtoken.so" },
	{ "# tokens\npriority: 10\nmodule:\tlibtoken.so  \r\n", "libtoken.so" },
	{ "module: /usr/lib/pkcs11/opensc-pkcs11.so\n", NULL },
	{ "module: /usr/lib/otherlibtoken.so\n", NULL },
	{ "# module: libtoken.so\n", NULL },
	{ "module:", NULL },
	{ "", NULL },
};

START_TEST (a_module_file_of_ours_is_known) {
	char module[64];
	bool ours = check_module_line(module_files[_i].text, module, sizeof module);

	ck_assert_int_eq(ours, module_files[_i].module != NULL);
	if (ours)
		ck_assert_str_eq(module, module_files[_i].module);
}
END_TEST

START_TEST (a_module_that_is_too_long_is_refused) {
	char module[11];

	ck_assert(!check_module_line("module: libtoken.so", module, sizeof module));
}
END_TEST

static const struct check_test tests[] = {
	{ &mechanisms_have_the_kernels_names, ARRAY_LEN(names) },
	{ &what_a_kernel_has_is_seen_in_its_lists, ARRAY_LEN(had) },
	{ &why_an_algorithm_is_not_had_is_said, ARRAY_LEN(rows) },
	{ &a_kernel_without_af_alg_is_told_from_one_that_refuses, ARRAY_LEN(kernels) },
	{ &why_no_key_is_taken_by_serial_is_said, ARRAY_LEN(serials) },
	{ &custody_follows_from_kernel_keyring_and_policy, ARRAY_LEN(custodies) },
	{ &a_quota_is_found_by_its_user, 0 },
	{ &a_limit_of_core_files_is_read, 0 },
	{ &a_module_file_of_ours_is_known, ARRAY_LEN(module_files) },
	{ &a_module_that_is_too_long_is_refused, 0 },
};

CHECK_MAIN("tokenctl_check", tests)
